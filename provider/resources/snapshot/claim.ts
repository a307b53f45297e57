import { isSnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { Driver, Snapshot, SnapshotKind } from "../../platforms/contract";
import { type Desired, missingEdit, updateMetadata } from "./update-metadata";

/*
 * After a forced replacement that failed half-way, two states describe the same snapshot, and only one of them is the
 * resource's. The number on the platform tells them apart in every later run, whatever the engine passes to the provider.
 */

/** Updates a snapshot that a create has found by its marker, and notes that it was taken over. */
export async function claimSnapshot(
  driver: Driver,
  kind: SnapshotKind,
  targetId: string,
  snapshot: Snapshot,
  desired: Desired,
  call: OperationContext,
): Promise<void> {
  // Without notes the platform cannot change them later.
  const notes = desired.notes && { ...desired.notes, claim: (snapshot.ownership?.claim ?? 0) + 1 };
  try {
    await updateMetadata(driver, kind, targetId, snapshot, { ...desired, notes }, call);
  } catch (error) {
    // Without the right to edit, the states of one run still keep the snapshot for each other.
    if (!isSnapstateError(error, "permission") || missingEdit(driver, kind, snapshot, desired)) throw error;
  }
}

/** Whether a later state of the same resource has taken the snapshot over. */
export function isSuperseded(snapshot: Snapshot, marker: unknown, claim = 0): boolean {
  const { ownership } = snapshot;
  return ownership !== undefined && ownership.marker === marker && (ownership.claim ?? 0) > claim;
}

export function supersededMessage(snapshot: Snapshot): string {
  return `${snapshot.id} is kept, and this older state of it is dropped: the resource has taken it over`;
}
