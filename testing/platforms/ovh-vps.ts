import { snapshotId } from "../../provider/platforms/ovh-vps/mapping";
import { OvhVpsSimulator } from "../simulators/ovh-vps";
import { underWay } from "../simulators/ovh-vps/tasks";
import { clockAhead, type Target, until, type WiredPlatform } from "./harness";

type Options = NonNullable<ConstructorParameters<typeof OvhVpsSimulator>[0]>;

/**
 * OVHcloud VPS, each with at most one snapshot.
 *
 * @param signIn by an application's keys, or as a service account
 */
export async function ovhVps(
  options: Options = {},
  signIn: "connection" | "serviceAccount" = "connection",
): Promise<WiredPlatform & { simulator: OvhVpsSimulator }> {
  const simulator = new OvhVpsSimulator({ taskTime: 15, ...options });
  await simulator.listen();
  const { account, tasks, credentials } = simulator;
  const vpsOf = ({ id }: Target) => {
    const vps = account.vps.get(id);
    if (vps === undefined) throw new Error(`there is no VPS ${id}`);
    return vps;
  };
  const add = (displayName: string): Target => ({ id: account.add({ displayName }).serviceName, name: displayName });
  let count = 0;
  let revived = 0;
  return {
    name: "ovh-vps",
    kind: "snapshot",
    simulator,
    connection: { ...simulator[signIn], pollInterval: "10ms" },
    secrets: [simulator.connection.applicationSecret, simulator.connection.consumerKey],
    edits: true,
    reverts: true,
    single: true,
    newTarget: async () => add(`target-${++count}`),
    twin: async ({ name }) => void add(name),
    removeTarget: async ({ id }) => void account.vps.delete(id),
    takeForeign: async (target) => snapshotId(account.replaceByHand(vpsOf(target), "by hand")),
    snapshots: async ({ id }) => {
      const snapshot = account.vps.get(id)?.snapshot;
      return snapshot ? [{ id: snapshotId(snapshot), text: snapshot.description }] : [];
    },
    idle: (target) => until(() => underWay(vpsOf(target)).length === 0),
    leftovers: async (target) => {
      const { state } = vpsOf(target);
      return state === "running" ? [] : [`the VPS is ${state}`];
    },
    taskTime: async (milliseconds) => {
      tasks.times.task = milliseconds;
    },
    loseNextReply: async () =>
      simulator.inject({ kind: "reset-after", match: ({ path }) => path.endsWith("/createSnapshot") }),
    wire: simulator,
    callOf: ({ method, path }) =>
      `${method} ${path.replace(/vps-[0-9a-f]+\.vps\.ovh\.net/, ":vps").replace(/\/\d+$/, "/:id")}`,
    die: async () => {
      tasks.halt();
      await simulator.goDown();
    },
    revive: async () => {
      revived++;
      tasks.resume(revived % 2 === 0 ? "done" : "error");
      await simulator.comeBack();
    },
    own: {
      "task failed": {
        // An edit runs no task.
        calls: /^(POST|DELETE) /,
        at: () => {
          tasks.failNext = "error";
          return true;
        },
      },
      "task vanished": {
        calls: /\/tasks\/:id/,
        at: ({ path }) => {
          for (const vps of account.vps.values()) vps.tasks = vps.tasks.filter(({ id }) => !path.endsWith(`/${id}`));
          return true;
        },
      },
      "clock an hour ahead": clockAhead(credentials.known, 3600),
      "clock an hour behind": clockAhead(credentials.known, -3600),
    },
    close: () => simulator.close(),
  };
}
