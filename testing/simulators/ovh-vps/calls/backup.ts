import { badParameter, noSuchObject } from "../refusal";
import type { SimulatedVps } from "../state";
import type { ApiCall } from "./call";
import { refuseWhenBusy } from "./vps";

/** The automated backup and its restore points, identified by their times. */
export const backupCalls: ApiCall[] = [
  {
    call: "GET /vps/{serviceName}/automatedBackup",
    run: ({ vps }) => {
      const { state, schedule } = backupOf(vps());
      return { state, schedule };
    },
  },
  {
    call: "GET /vps/{serviceName}/automatedBackup/restorePoints",
    query: ["state"],
    run: ({ vps, query }) => {
      if (query.state !== undefined && !["available", "restored", "restoring"].includes(query.state)) {
        throw badParameter("state", "Given data is not valid for type vps.RestoreStateEnum");
      }
      const { snapshots: points } = backupOf(vps());
      const found = points.filter(({ state }) => query.state === undefined || state === query.state);
      return found.map(({ time }) => time);
    },
  },
  {
    call: "POST /vps/{serviceName}/automatedBackup/restore",
    body: { restorePoint: "string", type: "string", changePassword: "boolean?" },
    run: ({ vps, world, body }) => {
      const one = vps();
      const point = backupOf(one).snapshots.find(({ time }) => time === body.restorePoint);
      if (point === undefined) throw noSuchObject(`Restore point ${String(body.restorePoint)}`);
      if (body.type !== "full" && body.type !== "file") throw badParameter("type", "is full or file");
      refuseWhenBusy(one);
      if (body.type === "full") point.state = "restoring";
      return world.tasks.start(one, "restoreFullVeeamBackup", () => {
        if (body.type !== "full") return;
        point.state = "available";
        one.reverts++;
      });
    },
  },
];

function backupOf({ automatedBackup, options }: SimulatedVps) {
  if (options.get("automatedBackup") !== "subscribed") throw noSuchObject("AutomatedBackup");
  return automatedBackup;
}
