import { describeHypervisorContract } from "../../../testing/contract/hypervisor-contract";
import { CloudStackSimulator } from "../../../testing/simulators/cloudstack";
import type { PointKind } from "../contract";
import { CloudStackHypervisor } from "./driver";
import { cloudstackSettings } from "./settings";

for (const kind of ["snapshot", "recovery-point"] as const satisfies PointKind[]) {
  describeHypervisorContract(`CloudStack, ${kind}s`, async () => {
    const cloud = new CloudStackSimulator({ jobTime: 5 });
    await cloud.listen();
    const { endpoint, apiKey, secretKey, state } = cloud;
    const hypervisor = new CloudStackHypervisor(cloudstackSettings.parse({ endpoint, apiKey, secretKey }));
    let count = 0;
    // On KVM both kinds can be reverted on a VM that is stopped.
    const add = (name: string) => {
      const vm = cloud.addVm({ name, powerState: "Stopped", root: { name } });
      return kind === "snapshot" ? { id: cloud.volumesOf(vm)[0]?.id as string, name } : { id: vm.id, name };
    };
    return {
      hypervisor,
      kind,
      recoversLostReplies: true,
      newTarget: async () => add(`name-${++count}`),
      twin: async ({ name }) => void add(name),
      removeTarget: async ({ id }) => {
        if (kind === "snapshot") state.volumes.get(id).removed = true;
        else state.vms.purge(id);
      },
      count: async ({ id }) =>
        kind === "snapshot"
          ? state.snapshots.filter((row) => row.volume.id === id && row.state !== "Destroyed").length
          : state.vmSnapshots.filter((row) => row.vm.id === id).length,
      taskTime: async (milliseconds) => {
        cloud.jobs.times = milliseconds;
      },
      loseNextReply: async () =>
        cloud.inject({ kind: "reset-after", match: ({ body }) => /command=create(VM)?Snapshot&/.test(body) }),
      stop: () => cloud.close(),
    };
  });
}
