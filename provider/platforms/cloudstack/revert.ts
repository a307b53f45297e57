import { SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { RevertForecast } from "../contract";
import type { Snapshot, SnapshotKind, TargetState } from "../contract-types";

type Refusal = NonNullable<RevertForecast["refusal"]>;

/**
 * CloudStack refuses a revert only in its job and hides some reasons, so known ones are reported before the call.
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
  const other = "Create a volume from the snapshot and attach it, or create a template and a new VM";
  if (state.blockers.some(({ code }) => code === "target-removed")) {
    return { reason: "the volume was removed", remedy: other };
  }
  if (snapshot.failed !== undefined) return unusable(snapshot.failed);
  if (snapshot.revertable === false) {
    const reason =
      "CloudStack marks this snapshot as not revertable: only snapshots on KVM, and on storage with its own snapshots, are revertable";
    return { reason, remedy: other };
  }
  if (state.powerState !== "on") return undefined;
  return { reason: "a revert of a volume requires a stopped VM", remedy: "Stop the VM first" };
}

function vmRefusal(state: TargetState, snapshot: Snapshot): Refusal | undefined {
  if (snapshot.failed !== undefined) return unusable(snapshot.failed);
  const memory = snapshot.consistency === "memory";
  if (state.powerState === (memory ? "on" : "off")) return undefined;
  return memory
    ? { reason: "a revert to a VM snapshot with memory requires a running VM", remedy: "Start the VM first" }
    : { reason: "a revert to a VM snapshot of disks only requires a stopped VM", remedy: "Stop the VM first" };
}

function unusable(state: string): Refusal {
  return { reason: `the snapshot is ${state}`, remedy: "Revert to a complete snapshot" };
}
