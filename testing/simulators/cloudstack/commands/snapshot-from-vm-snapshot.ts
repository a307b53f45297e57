import { invalidValue } from "../api-error";
import { compactTime } from "../views/common";
import { snapshotView } from "../views/snapshots";
import { type AsyncCommand, mayOperate, required } from "./command";
import { checkQuota } from "./quota";

/** A volume snapshot out of a VM snapshot: KVM only, and the row of a failed one is not listed afterwards. */
export const createSnapshotFromVMSnapshot: AsyncCommand = {
  name: "createSnapshotFromVMSnapshot",
  className: "user.snapshot.CreateSnapshotFromVMSnapshotCmd",
  parameters: {
    volumeid: { type: "uuid", of: "volumes", required: true },
    vmsnapshotid: { type: "uuid", of: "vmSnapshots", required: true },
    name: { type: "text", field: "snapshotName" },
  },
  begin(call) {
    const { parameters, state } = call;
    const volume = mayOperate(call, required(parameters.row("volumeid", state.volumes)));
    const vmSnapshot = mayOperate(call, required(parameters.row("vmsnapshotid", state.vmSnapshots)));
    checkQuota(call, "snapshot", volume);
    const row = state.snapshots.add({
      account: volume.account,
      project: volume.project,
      volume,
      name: parameters.text("name") ?? `${vmSnapshot.vm.name}_${volume.name}_${compactTime(new Date())}`,
      state: "Allocated",
      zones: [volume.zone],
      sizeBytes: 0,
      type: "MANUAL",
      tags: [],
    });
    return {
      id: row.id,
      instance: { type: "Snapshot", id: row.id },
      async work(run) {
        await run.pass("queued");
        if (vmSnapshot.vm.hypervisor !== "KVM") {
          row.removed = true;
          throw invalidValue(`Unsupported hypervisor type ${vmSnapshot.vm.hypervisor}. This supports KVM only`);
        }
        row.state = "BackingUp";
        await run.pass("working");
        row.state = "BackedUp";
        return { snapshot: snapshotView(state, row, true) };
      },
    };
  },
};
