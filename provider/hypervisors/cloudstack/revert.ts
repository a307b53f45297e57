import { SnapstateError } from "../../errors";
import type { Call } from "../../waiting";
import type { RevertForecast } from "../contract";
import type { Point, PointKind, TargetState } from "../contract-types";

type Refusal = NonNullable<RevertForecast["refusal"]>;

/** CloudStack refuses a revert only inside its job, and hides some reasons; what can be known is said before the call. */
export function revertForecast(kind: PointKind, state: TargetState, point: Point): RevertForecast {
  const refusal = kind === "snapshot" ? volumeRefusal(state, point) : vmRefusal(state, point);
  const powerAfter = kind === "snapshot" ? state.powerState : point.consistency === "memory" ? "on" : "off";
  return { ...(refusal === undefined ? {} : { refusal }), powerAfter, consumesPoint: false };
}

/** @throws SnapstateError `conflict` with the reason of the forecast */
export function refuseForeseen({ refusal }: RevertForecast, call: Call): void {
  if (refusal === undefined) return;
  const { because, instead } = refusal;
  throw new SnapstateError({ kind: "conflict", doing: call.doing, answered: because, hint: instead });
}

function volumeRefusal(state: TargetState, point: Point): Refusal | undefined {
  const other = "Make a volume from the snapshot and attach it, or a template and a new VM";
  if (state.blockers.some(({ code }) => code === "target-removed")) {
    return { because: "the volume was removed", instead: other };
  }
  if (point.failed !== undefined) return unusable(point.failed);
  if (point.revertable === false) {
    const because =
      "CloudStack marks this snapshot as not revertable: only those on KVM, and on storage with snapshots of its own, are";
    return { because, instead: other };
  }
  if (state.powerState !== "on") return undefined;
  return { because: "a volume is reverted while its VM is stopped", instead: "Stop the VM first" };
}

function vmRefusal(state: TargetState, point: Point): Refusal | undefined {
  if (point.failed !== undefined) return unusable(point.failed);
  const memory = point.consistency === "memory";
  if (state.powerState === (memory ? "on" : "off")) return undefined;
  return memory
    ? { because: "a VM snapshot with memory is reverted on a running VM", instead: "Start the VM first" }
    : { because: "a VM snapshot of disks only is reverted on a stopped VM", instead: "Stop the VM first" };
}

function unusable(state: string): Refusal {
  return { because: `the snapshot is ${state}`, instead: "Only one that is complete can be reverted to" };
}
