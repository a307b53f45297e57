import { describeHypervisorContract } from "../../../testing/contract/hypervisor-contract";
import { snapshotsOf, vcsimDriver } from "../../../testing/contract/vcsim-driver";
import { startVcsim, type VcsimOptions } from "../../../testing/vcsim/launcher";
import { missing } from "../../../testing/vcsim/test-support";

for (const storeEscaped of ["raw", "decoded"] as const) {
  const options: VcsimOptions = { vms: 24, autostart: false, storeEscaped };
  describeHypervisorContract(`vSphere on a vCenter that stores names ${storeEscaped}`, async () => {
    const vcsim = await startVcsim(options).catch(missing);
    if (typeof vcsim === "string") return vcsim;
    const { control } = vcsim;
    const unused = await control.vms();
    return {
      hypervisor: vcsimDriver(vcsim),
      decodesNames: storeEscaped === "decoded",
      newTarget: async () => {
        const vm = unused.shift();
        if (vm === undefined) throw new Error("every VM of the simulator is in use: start it with more");
        return { id: vm.moref, name: vm.name };
      },
      twin: async ({ id }) => void (await control.cloneVm(id, { folder: "twins" })),
      removeTarget: ({ id }) => control.destroyVm(id),
      count: async ({ id }) => (await snapshotsOf(vcsim, id)).length,
      taskTime: (taskMs) => control.delay({ taskMs }),
      loseNextReply: () => control.rules({ method: "CreateSnapshotEx_Task", drop: "after", max: 1 }),
      stop: () => vcsim.stop(),
    };
  });
}
