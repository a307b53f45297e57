import type { SnapshotKind } from "../../provider/platforms/contract";
import { CloudmcSimulator } from "../simulators/cloudmc";
import { type Target, until, type WiredPlatform } from "./harness";

type Options = NonNullable<ConstructorParameters<typeof CloudmcSimulator>[0]>;

export async function cloudmc(
  kind: SnapshotKind,
  options: Options = {},
): Promise<WiredPlatform & { simulator: CloudmcSimulator }> {
  const simulator = new CloudmcSimulator({ taskTime: 15, ...options });
  await simulator.listen();
  const { state, tasks } = simulator;
  const ofVolumes = kind === "snapshot";
  const rows = ({ id }: Target) => (ofVolumes ? state.snapshotsOf(id) : state.pointsOf(id));
  const add = (name: string) => (ofVolumes ? state.addVolume(name, "DATA") : state.addInstance(name, [], "Stopped"));
  let count = 0;
  return {
    name: "cloudmc",
    kind,
    simulator,
    connection: { ...simulator.connection, pollInterval: "10ms" },
    secrets: [simulator.connection.apiKey],
    edits: false,
    reverts: !ofVolumes,
    traits: { hidesTaskIds: true },
    newTarget: async () => add(`target-${++count}`),
    twin: async ({ name }) => void add(name),
    removeTarget: async ({ id }) => void (ofVolumes ? state.volumes : state.instances).delete(id),
    takeForeign: async ({ id }) => {
      const volume = state.volumes.get(id);
      return volume ? state.addSnapshot(volume, "by hand").id : state.addPoint(id, "by hand").id;
    },
    snapshots: async (target) =>
      rows(target).map((row) => ({ id: row.id, text: `${row.name} ${"description" in row ? row.description : ""}` })),
    idle: () => until(() => [...state.tasks.values()].every(({ status }) => status !== "PENDING")),
    leftovers: async (target) =>
      rows(target)
        .filter((row) => row.state !== "BackedUp" && row.state !== "Ready")
        .map((row) => `${row.id} is ${row.state}`),
    taskTime: async (milliseconds) => tasks.setTime(milliseconds),
    loseNextReply: async () => simulator.inject({ kind: "reset-after", match: ({ method }) => method === "POST" }),
    wire: simulator,
    callOf: ({ method, path, query }) =>
      `${method} ${path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ":id")} ${query.get("operation") ?? ""}`.trim(),
    own: {
      "task failed": {
        calls: /^(POST|DELETE) /,
        at: () => {
          tasks.failNext = "no space left";
          return true;
        },
      },
      "task vanished": {
        calls: /\/tasks\/:id/,
        at: ({ path }) => state.tasks.delete(path.split("/").at(-1) ?? ""),
      },
    },
    close: () => simulator.close(),
  };
}
