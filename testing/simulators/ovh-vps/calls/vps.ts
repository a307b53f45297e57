import { badParameter, noSuchObject, Refusal } from "../refusal";
import { newSnapshot, type SimulatedVps } from "../state";
import { underWay } from "../tasks";
import type { ApiCall } from "./call";

const TASK_STATES = ["blocked", "cancelled", "doing", "done", "error", "paused", "todo", "waitingAck"];

/** VPS, their tasks, options and single snapshot. */
export const vpsCalls: ApiCall[] = [
  { call: "GET /vps", query: ["iamTags"], run: ({ world }) => [...world.account.vps.keys()] },
  {
    call: "GET /vps/{serviceName}",
    run: ({ vps }) => {
      const { serviceName, displayName, state } = vps();
      return {
        name: serviceName,
        displayName,
        state,
        cluster: "cluster",
        keymap: null,
        memoryLimit: 2048,
        model: { availableOptions: ["snapshot", "automatedBackup"], name: "vps-value-1-2-40", version: "2019v1" },
        netbootMode: "local",
        offerType: "ssd",
        slaMonitoring: false,
        vcore: 1,
        zone: "os-gra7",
      };
    },
  },
  {
    call: "GET /vps/{serviceName}/tasks",
    query: ["state", "type"],
    run: ({ vps, query }) => {
      if (query.state !== undefined && !TASK_STATES.includes(query.state)) {
        throw badParameter("state", "Given data is not valid for type vps.TaskStateEnum");
      }
      const fits = (wanted: string | undefined, value: string) => wanted === undefined || wanted === value;
      const found = vps().tasks.filter((task) => fits(query.state, task.state) && fits(query.type, task.type));
      return found.map(({ id }) => id);
    },
  },
  {
    call: "GET /vps/{serviceName}/tasks/{id}",
    run: ({ vps, path }) => {
      const task = vps().tasks.find(({ id }) => String(id) === path.id);
      if (task === undefined) throw noSuchObject(`Task with id ${path.id}`);
      return task;
    },
  },
  { call: "GET /vps/{serviceName}/option", run: ({ vps }) => [...vps().options.keys()] },
  {
    call: "GET /vps/{serviceName}/option/{option}",
    run: ({ vps, path }) => {
      const state = vps().options.get(path.option as string);
      if (state === undefined) throw noSuchObject(`Option ${path.option}`);
      return { option: path.option, state };
    },
  },
  {
    call: "DELETE /vps/{serviceName}/option/{option}",
    query: ["deleteNow"],
    run: ({ vps, path }) => {
      const { options } = vps();
      if (!options.has(path.option as string)) throw noSuchObject(`Option ${path.option}`);
      options.set(path.option as string, "released");
      return null;
    },
  },
  {
    call: "POST /vps/{serviceName}/createSnapshot",
    body: { description: "string?" },
    run: ({ vps, world, body }) => {
      const one = vps();
      refuseWhenBusy(one);
      // Neither code nor message of these two is documented; clients must read the state.
      if (one.options.get("snapshot") !== "subscribed") throw new Refusal(460, "The option snapshot is not enabled");
      if (one.snapshot !== undefined) throw new Refusal(409, "A snapshot already exists");
      return world.tasks.start(one, "createSnapshot", () => {
        one.snapshot = newSnapshot(String(body.description ?? ""));
      });
    },
  },
  {
    call: "GET /vps/{serviceName}/snapshot",
    run: ({ vps }) => snapshotOf(vps()),
  },
  {
    call: "PUT /vps/{serviceName}/snapshot",
    body: { description: "string?" },
    run: ({ vps, body }) => {
      const snapshot = snapshotOf(vps());
      if (typeof body.description === "string") snapshot.description = body.description;
      return null;
    },
  },
  {
    call: "DELETE /vps/{serviceName}/snapshot",
    run: ({ vps, world }) => {
      const one = vps();
      snapshotOf(one);
      refuseWhenBusy(one);
      return world.tasks.start(one, "deleteSnapshot", () => {
        one.snapshot = undefined;
      });
    },
  },
  {
    call: "POST /vps/{serviceName}/snapshot/revert",
    run: ({ vps, world }) => {
      const one = vps();
      snapshotOf(one);
      refuseWhenBusy(one);
      return world.tasks.start(one, "revertSnapshot", () => {
        one.snapshot = undefined;
        one.reverts++;
      });
    },
  },
  {
    call: "GET /vps/{serviceName}/snapshot/download",
    run: ({ vps, world }) => {
      const { id } = snapshotOf(vps());
      const expires = Math.floor(Date.now() / 1000) + 24 * 60 * 60;
      const signature = "0123456789abcdef0123456789abcdef01234567";
      const url = `${world.url}/v1/AUTH_vps/snapshots/${id}?temp_url_sig=${signature}&temp_url_expires=${expires}`;
      return { url, size: 21_474_836_480 };
    },
  },
  {
    call: "POST /vps/{serviceName}/abortSnapshot",
    run: ({ vps, world }) => {
      const aborted = world.tasks.abort(vps(), "createSnapshot");
      if (!aborted) throw new Refusal(400, "There is no snapshot or backup under way");
      return null;
    },
  },
];

/** The messages, including their spelling, are those reported by users of the API. */
export function refuseWhenBusy(vps: SimulatedVps): void {
  const tasks = underWay(vps);
  if (tasks.length > 0) throw new Refusal(409, `There is already ${tasks.length} task(s) occuring`);
}

function snapshotOf({ snapshot }: SimulatedVps) {
  if (snapshot === undefined) throw noSuchObject("Snapshot");
  return snapshot;
}
