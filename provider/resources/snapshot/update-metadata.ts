import type { OperationContext } from "../../core/operation";
import type { Driver, Feature, Snapshot, SnapshotEdit, SnapshotKind } from "../../platforms/contract";
import { isSameText, type Notes, type Ownership } from "../../platforms/ownership";
import { retryWhileBusy } from "../shared/retry-while-busy";

/** The intended name, description, marker and notes. An undefined name, description or notes is left unchanged. */
export interface Desired {
  name?: string;
  description?: string;
  marker?: string;
  notes?: Notes;
}

/** The necessary edits that the platform can make: `check` has refused the rest, or it is only a note. */
export function missingEdit(
  driver: Driver,
  kind: SnapshotKind,
  snapshot: Snapshot,
  desired: Desired,
): SnapshotEdit | undefined {
  const can = (feature: Feature) => driver.supports(kind, feature).supported;
  const { marker, description = snapshot.description } = desired;
  const text = {
    description,
    ...(marker === undefined ? {} : { ownership: ownershipOf(snapshot, marker, desired.notes) }),
    restoreNote: snapshot.restoreNote,
  };
  const edit = {
    ...(desired.name === undefined || desired.name === snapshot.name || !can("rename") ? {} : { name: desired.name }),
    ...(isSameText(text, snapshot) || !can("describe") ? {} : { text }),
  };
  return Object.keys(edit).length === 0 ? undefined : edit;
}

/** An edit never takes a claim back. */
function ownershipOf({ ownership }: Snapshot, marker: string, notes: Notes | undefined): Ownership {
  const claim = notes?.claim ?? ownership?.claim;
  return { ...(notes ?? ownership), marker, ...(claim === undefined ? {} : { claim }) };
}

/**
 * Edits name and description in place, in one call, where they differ.
 *
 * @returns whether anything was changed
 */
export async function updateMetadata(
  driver: Driver,
  kind: SnapshotKind,
  targetId: string,
  snapshot: Snapshot,
  desired: Desired,
  call: OperationContext,
): Promise<boolean> {
  const edit = missingEdit(driver, kind, snapshot, desired);
  if (edit === undefined) return false;
  await retryWhileBusy(call, () => driver.editSnapshot(kind, { targetId, snapshotId: snapshot.id }, edit, call));
  return true;
}
