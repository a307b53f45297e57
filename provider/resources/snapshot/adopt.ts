import { SnapstateError } from "../../core/errors";
import type { Snapshot, TargetState } from "../../platforms/contract";
import { nextMarker } from "../shared/marker";
import { findById, findNamed } from "./find";
import type { SnapshotInputs } from "./inputs";
import { satisfies } from "./outputs";

/**
 * The existing snapshot that `adoptExisting` or `adoptId` selects; undefined if a new one is to be taken.
 *
 * @throws SnapstateError `ambiguous` when two have the name, `not-found` when no usable snapshot has the id,
 * `conflict` when it belongs to another resource or has less consistency than required
 */
export function adoptable(
  inputs: Pick<SnapshotInputs, "adoptExisting" | "adoptId" | "name" | "marker" | "memory" | "quiesce">,
  state: TargetState,
  operation: string,
): Snapshot | undefined {
  const { adoptExisting, adoptId, name } = inputs;
  if (!adoptExisting && adoptId === undefined) return undefined;
  // A replacement by name wants another point in time, so it never adopts the one it replaces.
  const others = { ...state, snapshots: state.snapshots.filter((snapshot) => !isReplacedBy(snapshot, inputs.marker)) };
  const found =
    adoptId === undefined ? name && findNamed(others, name, operation) : findById(state, adoptId, operation);
  const snapshot = found && found.failed === undefined ? found : undefined;
  if (snapshot === undefined && adoptId === undefined) return undefined;
  if (snapshot === undefined) {
    // An id means exactly this snapshot, so taking a new one would be a guess.
    throw new SnapstateError({
      kind: "not-found",
      operation,
      detail: `the VM has no usable snapshot ${JSON.stringify(adoptId)} to take over`,
      hint: "Correct adoptId, or omit it to take a new one",
    });
  }
  const refused = (detail: string, hint: string) => new SnapstateError({ kind: "conflict", operation, detail, hint });
  if (snapshot.ownership !== undefined) {
    throw refused(
      `the existing ${snapshot.id} has the marker of another snapstate resource`,
      "Two resources that share a snapshot could delete it while the other needs it. Remove it from the other stack, or use Snapshot.get()",
    );
  }
  if (!satisfies(inputs, snapshot.consistency)) {
    throw refused(
      `the existing ${snapshot.id} is ${snapshot.consistency}-consistent, which is less than required`,
      "Lower the required consistency, or take a new one under another name",
    );
  }
  return snapshot;
}

/** Whether a snapshot is the one that the snapshot with this marker replaces. */
export function isReplacedBy(snapshot: Snapshot, marker: string): boolean {
  const old = snapshot.ownership?.marker;
  return old !== undefined && nextMarker(old) === marker;
}
