import type { Snapshot, TargetState } from "../../platforms/contract";
import type { RestoreNote } from "../../platforms/ownership";

/**
 * Traces on the platform of a revert that an earlier run may have started.
 *
 * - `fresh`: no trace of one.
 * - `not-done`: it was started, but the VM has not been reverted.
 * - `done`: it has ended; reverting again would lose what was written since.
 * - `unknown`: it was started, and the platform does not show whether it has ended.
 */
export type Evidence = "fresh" | "not-done" | "done" | "unknown";

export interface Traces {
  state: TargetState;
  /** The snapshot to revert to; absent when it no longer exists. */
  source: Snapshot | undefined;
  /** The safety snapshot of this revert. */
  safety: Snapshot | undefined;
  /** The note of this revert. */
  note: RestoreNote | undefined;
  /** The state records that an earlier run started it. */
  started: boolean;
  /** The platform deletes a snapshot when it reverts to it. */
  consumes: boolean;
}

/** Judges from a single read of the target. */
export function judge(traces: Traces): Evidence {
  const { state, source, safety, note, started, consumes } = traces;
  if (source === undefined) return started && consumes ? "done" : "fresh";
  if (safety !== undefined) return bySafety(state, source, safety);
  if (note?.phase === "ended") return "done";
  if (note !== undefined) return byNote(state, source, note);
  if (!started) return "fresh";
  return consumes ? "not-done" : "unknown";
}

/** The safety snapshot was taken last, so it is current until the revert makes the source current. */
function bySafety(state: TargetState, source: Snapshot, safety: Snapshot): Evidence {
  const path = standsOn(state);
  if (path.includes(safety.id)) return "not-done";
  return path.includes(source.id) ? "done" : "unknown";
}

function byNote(state: TargetState, source: Snapshot, { from, tasks }: RestoreNote): Evidence {
  if (state.endedReverts?.some((task) => !tasks.includes(task))) return "done";
  const place = state.snapshots.find(({ id }) => id === from);
  if (place === undefined || place.id === source.id) return "unknown";
  const path = standsOn(state);
  // If the source was already on the current path, as usual before a revert, it stays on it.
  const below = pathOf(place, state).includes(source.id);
  if (below && path.includes(place.id)) return "not-done";
  if (path.includes(source.id)) return "done";
  return path.includes(place.id) ? "not-done" : "unknown";
}

/** The snapshot the VM descends from directly, its parent, and so on to the root; empty when no snapshot is current. */
function standsOn(state: TargetState): string[] {
  return pathOf(
    state.snapshots.find(({ isCurrent }) => isCurrent),
    state,
  );
}

function pathOf(start: Snapshot | undefined, state: TargetState): string[] {
  const byId = new Map(state.snapshots.map((snapshot) => [snapshot.id, snapshot]));
  const path: string[] = [];
  for (let snapshot = start; snapshot !== undefined && !path.includes(snapshot.id); ) {
    path.push(snapshot.id);
    snapshot = snapshot.parentId === undefined ? undefined : byId.get(snapshot.parentId);
  }
  return path;
}
