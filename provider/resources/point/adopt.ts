import { SnapstateError } from "../../errors";
import type { Point, TargetState } from "../../hypervisors/contract";
import { nextMarker } from "../core/marker";
import { findById, findNamed } from "./find";
import type { PointInputs } from "./inputs";
import { satisfies } from "./outputs";

/**
 * The existing snapshot that `adoptExisting` names; undefined when a new one is to be taken.
 *
 * @throws SnapstateError `ambiguous` when two have the name, `not-found` for an id that no usable snapshot has, `conflict`
 * for one that is another resource's or has less consistency than is asked for
 */
export function adoptable(
  inputs: Pick<PointInputs, "adoptExisting" | "name" | "marker" | "memory" | "quiesce">,
  state: TargetState,
  doing: string,
): Point | undefined {
  const { adoptExisting, name } = inputs;
  if (adoptExisting === false) return undefined;
  // A replacement by name wants another point in time, so the one that it replaces is not meant.
  const others = { ...state, points: state.points.filter((point) => !isReplacedBy(point, inputs.marker)) };
  const found = adoptExisting === true ? name && findNamed(others, name, doing) : findById(state, adoptExisting, doing);
  const point = found && found.failed === undefined ? found : undefined;
  if (point === undefined && adoptExisting === true) return undefined;
  if (point === undefined) {
    // Of an id only that one can be meant, so that taking a new one would be a guess.
    throw new SnapstateError({
      kind: "not-found",
      doing,
      answered: `the VM has no usable snapshot ${JSON.stringify(adoptExisting)} to take over`,
      hint: "Correct the id in adoptExisting, or leave it out to take a new one",
    });
  }
  const refused = (answered: string, hint: string) => new SnapstateError({ kind: "conflict", doing, answered, hint });
  if (point.ownership !== undefined) {
    throw refused(
      `the existing ${point.id} carries the marker of another snapstate resource`,
      "Two resources on one snapshot would delete it from under each other. Remove it from the other stack, or use Snapshot.get()",
    );
  }
  if (!satisfies(inputs, point.consistency)) {
    throw refused(
      `the existing ${point.id} is ${point.consistency}-consistent, which is less than what is asked for`,
      "Ask for what it is, or take a new one under another name",
    );
  }
  return point;
}

/** Whether the point is the one that the snapshot with this marker replaces. */
export function isReplacedBy(point: Point, marker: string): boolean {
  const old = point.ownership?.marker;
  return old !== undefined && nextMarker(old) === marker;
}
