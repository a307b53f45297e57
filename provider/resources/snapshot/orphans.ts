import { asSnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { Driver, Snapshot, SnapshotKind, TargetState } from "../../platforms/contract";
import { retryWhileBusy } from "../shared/retry-while-busy";

/**
 * Removes what failed creates of this resource have left on the platform: they carry its marker, cannot be used, and would
 * be taken for the snapshot. One that cannot be removed is told of, and is no reason to stop.
 *
 * @returns whether anything was removed, after which the target must be read again
 */
export async function deleteOrphans(
  driver: Driver,
  kind: SnapshotKind,
  targetId: string,
  orphans: readonly Snapshot[],
  call: OperationContext,
): Promise<boolean> {
  let removed = false;
  for (const { id, failed } of orphans) {
    const remove = () =>
      driver.removeSnapshot(kind, { targetId, snapshotId: id }, { removeChildren: false, consolidate: true }, call);
    try {
      await retryWhileBusy(call, remove);
      call.report({ message: `removed ${id} (${failed}), which a failed create or removal has left` });
      removed = true;
    } catch (error) {
      const { message } = asSnapstateError(error, call.operation);
      call.report({
        message: `${id} (${failed}), which a failed create or removal has left, stays: ${message}`,
        severity: "warning",
      });
    }
  }
  return removed;
}

/** The orphans among a target's snapshots that carry the marker. */
export function orphansOf(state: TargetState, marker: string): Snapshot[] {
  return state.snapshots.filter((snapshot) => snapshot.failed !== undefined && snapshot.ownership?.marker === marker);
}
