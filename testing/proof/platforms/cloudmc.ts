import type { PointKind } from "../../../provider/hypervisors/contract";
import { CloudmcSimulator } from "../../simulators/cloudmc";
import type { ProofPlatform, ProofTarget } from "../platform";

export async function cloudmc(kind: PointKind): Promise<ProofPlatform & { simulator: CloudmcSimulator }> {
  const simulator = new CloudmcSimulator({ taskTime: 15 });
  await simulator.listen();
  const { state } = simulator;
  const ofVolumes = kind === "snapshot";
  const rows = ({ id }: ProofTarget) => (ofVolumes ? state.snapshotsOf(id) : state.pointsOf(id));
  let count = 0;
  return {
    name: "cloudmc",
    kind,
    simulator,
    connection: { ...simulator.connection, pollSeconds: 0.01 },
    secrets: [simulator.connection.apiKey],
    edits: false,
    reverts: !ofVolumes,
    newTarget: async () => {
      const name = `proof-${++count}`;
      return ofVolumes ? state.addVolume(name, "DATA") : state.addInstance(name, [], "Stopped");
    },
    takeForeign: async (target) => {
      const volume = state.volumes.get(target.id);
      return volume ? state.addSnapshot(volume, "by hand").id : state.addPoint(target.id, "by hand").id;
    },
    points: async (target) =>
      rows(target).map((row) => ({ id: row.id, text: `${row.name} ${"description" in row ? row.description : ""}` })),
    idle: async () => {
      while ([...state.tasks.values()].some(({ status }) => status === "PENDING")) {
        await new Promise((next) => setTimeout(next, 10));
      }
    },
    leftovers: async (target) =>
      rows(target)
        .filter((row) => row.state !== "BackedUp" && row.state !== "Ready")
        .map((row) => `${row.id} is ${row.state}`),
    close: () => simulator.close(),
  };
}
