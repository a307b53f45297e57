import { asSnapstateError } from "../../errors";
import type { Hypervisor, Point, PointKind, TargetState } from "../../hypervisors/contract";
import type { Call } from "../../waiting";
import { tryAgainWhileBusy } from "../core/try-again";

/**
 * Removes what failed creates of this resource have left on the platform: they carry its marker, cannot be used, and would
 * be taken for the snapshot. One that cannot be removed is told of, and is no reason to stop.
 *
 * @returns whether anything was removed, after which the target must be read again
 */
export async function removeRemnants(
  hypervisor: Hypervisor,
  kind: PointKind,
  targetId: string,
  remnants: readonly Point[],
  call: Call,
): Promise<boolean> {
  let removed = false;
  for (const { id, failed } of remnants) {
    const remove = () =>
      hypervisor.removePoint(kind, { targetId, pointId: id }, { removeChildren: false, consolidate: true }, call);
    try {
      await tryAgainWhileBusy(call, remove);
      call.report({ message: `removed ${id} (${failed}), which a failed create or removal has left` });
      removed = true;
    } catch (error) {
      const { message } = asSnapstateError(error, call.doing);
      call.report({
        message: `${id} (${failed}), which a failed create or removal has left, stays: ${message}`,
        severity: "warning",
      });
    }
  }
  return removed;
}

/** The remnants among a target's points that carry the marker. */
export function remnantsOf(state: TargetState, marker: string): Point[] {
  return state.points.filter((point) => point.failed !== undefined && point.ownership?.marker === marker);
}
