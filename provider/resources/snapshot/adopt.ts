import { SnapstateError } from "../../core/errors";
import type { Snapshot, TargetState } from "../../platforms/contract";
import { nextMarker } from "../shared/marker";
import { findById, findNamed } from "./find";
import type { SnapshotInputs } from "./inputs";
import { satisfies } from "./outputs";

/**
 * The existing snapshot that `adoptExisting` names; undefined when a new one is to be taken.
 *
 * @throws SnapstateError `ambiguous` when two have the name, `not-found` for an id that no usable snapshot has, `conflict`
 * for one that is another resource's or has less consistency than is asked for
 */
export function adoptable(
  inputs: Pick<SnapshotInputs, "adoptExisting" | "name" | "marker" | "memory" | "quiesce">,
  state: TargetState,
  operation: string,
): Snapshot | undefined {
  const { adoptExisting, name } = inputs;
  if (adoptExisting === false) return undefined;
  // A replacement by name wants another point in time, so the one that it replaces is not meant.
  const others = { ...state, snapshots: state.snapshots.filter((snapshot) => !isReplacedBy(snapshot, inputs.marker)) };
  const found =
    adoptExisting === true ? name && findNamed(others, name, operation) : findById(state, adoptExisting, operation);
  const snapshot = found && found.failed === undefined ? found : undefined;
  if (snapshot === undefined && adoptExisting === true) return undefined;
  if (snapshot === undefined) {
    // Of an id only that one can be meant, so that taking a new one would be a guess.
    throw new SnapstateError({
      kind: "not-found",
      operation,
      detail: `the VM has no usable snapshot ${JSON.stringify(adoptExisting)} to take over`,
      hint: "Correct the id in adoptExisting, or leave it out to take a new one",
    });
  }
  const refused = (detail: string, hint: string) => new SnapstateError({ kind: "conflict", operation, detail, hint });
  if (snapshot.ownership !== undefined) {
    throw refused(
      `the existing ${snapshot.id} carries the marker of another snapstate resource`,
      "Two resources on one snapshot would delete it from under each other. Remove it from the other stack, or use Snapshot.get()",
    );
  }
  if (!satisfies(inputs, snapshot.consistency)) {
    throw refused(
      `the existing ${snapshot.id} is ${snapshot.consistency}-consistent, which is less than what is asked for`,
      "Ask for what it is, or take a new one under another name",
    );
  }
  return snapshot;
}

/** Whether the snapshot is the one that the snapshot with this marker replaces. */
export function isReplacedBy(snapshot: Snapshot, marker: string): boolean {
  const old = snapshot.ownership?.marker;
  return old !== undefined && nextMarker(old) === marker;
}
