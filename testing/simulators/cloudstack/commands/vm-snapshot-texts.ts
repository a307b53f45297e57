import type { VmRow, VmSnapshotRow } from "../records";
import type { CloudState } from "../state";

const REVERT =
  "VM Snapshot revert not allowed. This will result in VM state change. You can revert running VM to disk and memory " +
  "type snapshot and stopped VM to disk type snapshot";

/** Messages of 4.20 about VM snapshots. @param say converts them to another version's wording */
const texts = (say: (text: string) => string) => ({
  vgpu: say("VM snapshot with MEMORY is not supported for vGPU enabled VMs."),
  state: (vm: VmRow) =>
    say(`Creating vm snapshot failed due to VM:${vm.number} is not in the running or Stopped state`),
  memoryWhileStopped: say("Can not snapshot memory when VM is not in Running state"),
  tooMany: (most: number) =>
    say(`Creating vm snapshot failed due to a VM can just have : ${most} VM snapshots. Please delete old ones`),
  volumeSnapshotsActive: say(
    "There is other active volume snapshot tasks on the instance to which the volume is attached, please try again later.",
  ),
  /** As in create, delete and revert. */
  othersActive: say("There is other active vm snapshot tasks on the instance, please try again later"),
  notDeletable: (row: VmSnapshotRow) =>
    say(`Can't delete the vm snapshotshot ${shown(row)} due to it is not in Created or Error, or Expunging State`),
  kvmWithoutMemory: say("Creating a snapshot of a running KVM instance without memory is not supported"),
  kvmUnsupported: say("KVM does not support the type of snapshot requested"),
  noStrategy: (vm: VmRow) => say(`No strategy was able to handle requested snapshot for VM [${vm.id}].`),
  kvmEncrypted: say("Cannot create VM memory snapshots on KVM from encrypted root volumes"),
  revertState: say("VM Snapshot reverting failed due to vm is not in the state of Running or Stopped."),
  revertPower: say(REVERT),
  revertNotReady: say("VM Snapshot reverting failed due to vm snapshot is not in the state of Created."),
});

const OLD = texts((text) => text);

/** Newer servers call a VM an Instance, so clients must not depend on whole sentences. */
const NEW = texts((text) =>
  text
    .replace(/\bvm snapshot/gi, "Instance Snapshot")
    .replace(/\b(VM|instance)\b/gi, "Instance")
    .replace(/\bVMs\b/g, "Instances")
    .replace("There is other", "There are other"),
);

/** The row as Java prints it. */
export function shown({ number, name, id, vm }: VmSnapshotRow): string {
  return `VMSnapshot ${JSON.stringify({ id: number, name, uuid: id, vmId: vm.number })}`;
}

export function textsOf(state: CloudState): typeof OLD {
  return state.settings.wording === "vm" ? OLD : NEW;
}
