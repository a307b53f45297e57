import { asSnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { Driver, Snapshot, SnapshotKind, TargetState } from "../../platforms/contract";
import { removeOnce } from "./remove";

/**
 * Removes what this resource's failed creates left: it has the marker, cannot be used, and could be mistaken for the
 * snapshot. What cannot be removed is reported and does not stop the run.
 *
 * @returns whether anything was removed, so that the target must be read again
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
    try {
      await removeOnce(driver, kind, { targetId, snapshotId: id }, call);
      call.report({ message: `removed ${id} (${failed}), left by a failed create or removal` });
      removed = true;
    } catch (error) {
      const { message } = asSnapstateError(error, call.operation);
      call.report({
        message: `${id} (${failed}), left by a failed create or removal, could not be removed: ${message}`,
        severity: "warning",
      });
    }
  }
  return removed;
}

/** The failed ones among a target's snapshots with the marker. */
export function orphansOf(state: TargetState, marker: string): Snapshot[] {
  return state.snapshots.filter((snapshot) => snapshot.failed !== undefined && snapshot.ownership?.marker === marker);
}
