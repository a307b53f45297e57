import type { PointKind } from "../../../provider/hypervisors/contract";
import { CloudStackSimulator } from "../../simulators/cloudstack";
import type { ProofPlatform, ProofTarget } from "../platform";

export async function cloudstack(kind: PointKind): Promise<ProofPlatform & { simulator: CloudStackSimulator }> {
  const simulator = new CloudStackSimulator({ jobTime: 15 });
  await simulator.listen();
  const { endpoint, apiKey, secretKey, state } = simulator;
  const ofVolumes = kind === "snapshot";
  const rows = ({ id }: ProofTarget) =>
    ofVolumes
      ? state.snapshots.filter((row) => row.volume.id === id && row.state !== "Destroyed")
      : state.vmSnapshots.filter((row) => row.vm.id === id && row.state !== "Removed");
  let count = 0;
  return {
    name: "cloudstack",
    kind,
    simulator,
    // A server that dies leaves a snapshot Allocated for ever, and no run of a case waits ten minutes for it.
    connection: { platform: "cloudstack", endpoint, apiKey, secretKey, stuckAfterSeconds: 4 },
    secrets: [secretKey],
    edits: false,
    reverts: true,
    newTarget: async () => {
      const name = `proof-${kind}-${++count}`;
      const vm = simulator.addVm({ name, powerState: "Stopped", root: { name } });
      return { id: ofVolumes ? (simulator.volumesOf(vm)[0]?.id as string) : vm.id, name };
    },
    takeForeign: async ({ id }) =>
      (ofVolumes
        ? simulator.addSnapshot(state.volumes.get(id), { name: "by hand" })
        : simulator.addVmSnapshot(state.vms.get(id), { displayName: "by hand" })
      ).id,
    points: async (target) =>
      rows(target).map((row) => ({
        id: row.id,
        text: "displayName" in row ? `${row.displayName} ${row.description ?? ""}` : row.name,
      })),
    idle: async () => {
      while (state.jobs.filter(({ status }) => status === 0).length > 0)
        await new Promise((next) => setTimeout(next, 10));
    },
    leftovers: async (target) =>
      rows(target)
        .filter((row) => row.state !== "BackedUp" && row.state !== "Ready")
        .map((row) => `${row.id} is ${row.state}`),
    close: () => simulator.close(),
  };
}
