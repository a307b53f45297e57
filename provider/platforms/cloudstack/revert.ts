import { SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { RevertForecast } from "../contract";
import type { Snapshot, SnapshotKind, TargetState } from "../contract-types";

type Refusal = NonNullable<RevertForecast["refusal"]>;

/**
 * CloudStack refuses a revert only inside its job and hides some reasons, so what is knowable is reported before the
 * call.
 */
export function revertForecast(kind: SnapshotKind, state: TargetState, snapshot: Snapshot): RevertForecast {
  const refusal = kind === "snapshot" ? volumeRefusal(state, snapshot) : vmRefusal(state, snapshot);
  const powerAfter = kind === "snapshot" ? state.powerState : snapshot.consistency === "memory" ? "on" : "off";
  return { ...(refusal === undefined ? {} : { refusal }), powerAfter, consumesSnapshot: false };
}

/** @throws SnapstateError `conflict` with the reason of the forecast */
export function refuseForecast({ refusal }: RevertForecast, call: OperationContext): void {
  if (refusal === undefined) return;
  const { reason, remedy } = refusal;
  throw new SnapstateError({ kind: "conflict", operation: call.operation, detail: reason, hint: remedy });
}

function volumeRefusal(state: TargetState, snapshot: Snapshot): Refusal | undefined {
  const other = "Make a volume from the snapshot and attach it, or a template and a new VM";
  if (state.blockers.some(({ code }) => code === "target-removed")) {
    return { reason: "the volume was removed", remedy: other };
  }
  if (snapshot.failed !== undefined) return unusable(snapshot.failed);
  if (snapshot.revertable === false) {
    const reason =
      "CloudStack marks this snapshot as not revertable: only those on KVM, and on storage with snapshots of its own, are";
    return { reason, remedy: other };
  }
  if (state.powerState !== "on") return undefined;
  return { reason: "a volume is reverted while its VM is stopped", remedy: "Stop the VM first" };
}

function vmRefusal(state: TargetState, snapshot: Snapshot): Refusal | undefined {
  if (snapshot.failed !== undefined) return unusable(snapshot.failed);
  const memory = snapshot.consistency === "memory";
  if (state.powerState === (memory ? "on" : "off")) return undefined;
  return memory
    ? { reason: "a VM snapshot with memory is reverted on a running VM", remedy: "Start the VM first" }
    : { reason: "a VM snapshot of disks only is reverted on a stopped VM", remedy: "Stop the VM first" };
}

function unusable(state: string): Refusal {
  return { reason: `the snapshot is ${state}`, remedy: "Only one that is complete can be reverted to" };
}
