import { ApiError, CS_CODES } from "../api-error";
import type { VmRow, VmSnapshotState } from "../records";
import type { CloudState } from "../state";

/** Each of them excludes all other work on the VM's snapshots, Allocated too. */
export const ACTIVE_STATES: readonly VmSnapshotState[] = ["Allocated", "Creating", "Reverting", "Expunging"];

/** This command's own words are not masked for tenants. */
const refused = (csCode: number, text: string) => new ApiError(530, csCode, `Failed to create vm snapshot: ${text}`);
const invalid = (text: string) => refused(CS_CODES.invalidValue, text);
const runtime = (text: string) => refused(CS_CODES.runtime, text);

/** In the order of the server. @throws ApiError 530 */
export function checkNewVmSnapshot(state: CloudState, vm: VmRow, memory: boolean): void {
  const { settings } = state;
  if (memory && vm.vgpu) throw invalid("VM snapshot with MEMORY is not supported for vGPU enabled VMs.");
  if (vm.state !== "Running" && vm.state !== "Stopped") {
    throw invalid(`Creating vm snapshot failed due to VM:${vm.number} is not in the running or Stopped state`);
  }
  if (memory && vm.state !== "Running") {
    throw invalid("Can not snapshot memory when VM is not in Running state");
  }
  if (vm.hypervisor === "KVM") checkKvm(state, vm, memory);
  if (state.vmSnapshotsOf(vm).length >= settings.vmSnapshotMax) {
    throw runtime(
      `Creating vm snapshot failed due to a VM can just have : ${settings.vmSnapshotMax} VM snapshots. Please delete old ones`,
    );
  }
  if (state.volumeSnapshotsOf(vm, ["Creating", "CreatedOnPrimary", "BackingUp"]).length > 0) {
    throw runtime(
      "There is other active volume snapshot tasks on the instance to which the volume is attached, please try again later.",
    );
  }
  if (state.vmSnapshotsOf(vm).some((row) => ACTIVE_STATES.includes(row.state))) {
    throw runtime("There is other active vm snapshot tasks on the instance, please try again later");
  }
}

/** Which of KVM's ways to take a VM snapshot is open. The texts are those of the source; no reply was recorded. */
function checkKvm(state: CloudState, vm: VmRow, memory: boolean): void {
  const { settings } = state;
  const volumes = state.volumesOf(vm);
  const running = vm.state === "Running";
  if (running && !memory && !settings.kvmVmStorageSnapshotEnabled && !settings.kvmFileBasedVmSnapshots) {
    throw runtime("Creating a snapshot of a running KVM instance without memory is not supported");
  }
  if (memory && volumes.some(({ format }) => format !== "QCOW2")) {
    throw runtime("KVM does not support the type of snapshot requested");
  }
  const beside = state.volumeSnapshotsOf(vm).filter((row) => row.state !== "Destroyed");
  if (settings.kvmFileBasedVmSnapshots && !memory && beside.length > 0) {
    throw runtime("KVM does not support the type of snapshot requested");
  }
  if (memory && volumes.some(({ type, encrypted }) => type === "ROOT" && encrypted)) {
    throw refused(CS_CODES.api, "Cannot create VM memory snapshots on KVM from encrypted root volumes");
  }
}
