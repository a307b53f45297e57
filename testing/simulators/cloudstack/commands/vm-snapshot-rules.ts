import { ApiError, CS_CODES, invalidValue } from "../api-error";
import type { VmRow, VmSnapshotRow, VmSnapshotState } from "../records";
import type { CloudState } from "../state";
import { textsOf } from "./vm-snapshot-texts";

/** Each of these states, Allocated included, excludes all other work on the VM's snapshots. */
const ACTIVE_STATES: readonly VmSnapshotState[] = ["Allocated", "Creating", "Reverting", "Expunging"];

function activeOn(state: CloudState, vm: VmRow): VmSnapshotRow[] {
  return state.vmSnapshotsOf(vm).filter((row) => ACTIVE_STATES.includes(row.state));
}

/** This command's messages are not masked for tenants. */
const refused = (csCode: number, text: string) => new ApiError(530, csCode, `Failed to create vm snapshot: ${text}`);
const invalid = (text: string) => refused(CS_CODES.invalidValue, text);
const runtime = (text: string) => refused(CS_CODES.runtime, text);

/** In the server's order. @throws ApiError 530 */
export function checkCreate(state: CloudState, vm: VmRow, memory: boolean): void {
  const { vmSnapshotMax } = state.settings;
  const texts = textsOf(state);
  if (memory && vm.vgpu) throw invalid(texts.vgpu);
  if (vm.state !== "Running" && vm.state !== "Stopped") throw invalid(texts.state(vm));
  if (memory && vm.state !== "Running") throw invalid(texts.memoryWhileStopped);
  if (vm.hypervisor === "KVM") checkKvm(state, vm, memory);
  if (state.vmSnapshotsOf(vm).length >= vmSnapshotMax) throw runtime(texts.tooMany(vmSnapshotMax));
  if (state.volumeSnapshotsOf(vm, ["Creating", "CreatedOnPrimary", "BackingUp"]).length > 0) {
    throw runtime(texts.volumeSnapshotsActive);
  }
  if (activeOn(state, vm).length > 0) throw runtime(texts.othersActive);
}

/** Which of KVM's strategies can take the VM snapshot. The messages are from the source code; no reply was recorded. */
function checkKvm(state: CloudState, vm: VmRow, memory: boolean): void {
  const { kvmVmStorageSnapshotEnabled, kvmFileBasedVmSnapshots } = state.settings;
  const texts = textsOf(state);
  const volumes = state.volumesOf(vm);
  if (vm.state === "Running" && !memory && !kvmVmStorageSnapshotEnabled && !kvmFileBasedVmSnapshots) {
    throw runtime(texts.kvmWithoutMemory);
  }
  // Each strategy refuses if the VM has snapshots of the other kind.
  const other = memory ? "Disk" : "DiskAndMemory";
  if (vm.state === "Running" && state.vmSnapshotsOf(vm).some((row) => row.type === other && row.state === "Ready")) {
    throw runtime(texts.noStrategy(vm));
  }
  if (memory && volumes.some(({ format }) => format !== "QCOW2")) throw runtime(texts.kvmUnsupported);
  const beside = state.volumeSnapshotsOf(vm).filter((row) => row.state !== "Destroyed");
  if (kvmFileBasedVmSnapshots && !memory && beside.length > 0) throw runtime(texts.kvmUnsupported);
  if (memory && volumes.some(({ type, encrypted }) => type === "ROOT" && encrypted)) {
    throw refused(CS_CODES.api, texts.kvmEncrypted);
  }
}

/** Runs in the job. @throws ApiError 431 */
export function checkDelete(state: CloudState, row: VmSnapshotRow): void {
  const texts = textsOf(state);
  if (!["Ready", "Error", "Expunging"].includes(row.state)) throw invalidValue(texts.notDeletable(row));
  const active = activeOn(state, row.vm);
  // One that is stuck in Expunging can only be deleted again.
  const expunging = active.find((other) => other.state === "Expunging");
  if (active.length > 0 && expunging !== row) throw invalidValue(texts.othersActive);
}

/** Runs in the job. @throws ApiError 431 */
export function checkRevert(state: CloudState, row: VmSnapshotRow): void {
  const texts = textsOf(state);
  if (activeOn(state, row.vm).length > 0) throw invalidValue(texts.othersActive);
  const power = row.vm.state;
  if (power !== "Running" && power !== "Stopped") throw invalidValue(texts.revertState);
  if (power === "Running" && row.type === "Disk") throw invalidValue(texts.revertPower);
  if (power === "Stopped" && row.type === "DiskAndMemory") throw invalidValue(texts.revertPower);
  if (row.state !== "Ready") throw invalidValue(texts.revertNotReady);
}
