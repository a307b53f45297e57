import type { SnapshotKind } from "../../platforms/contract";
import { throwIfHeld } from "../shared/hold";
import { parseId, pendingMarker } from "../shared/ids";
import type { Context, Values } from "../shared/lifecycle";
import { isTakenOver } from "../shared/taken-over";
import { parseSnapshotInputs, parseSnapshotState, type SnapshotState, takenOverOf } from "./inputs";
import { describeRemoval, releaseSnapshot, removeSnapshot } from "./remove";

/** Deletes the snapshot of a resource, or releases it. */
export async function deleteSnapshot(kind: SnapshotKind, id: string, state: Values, context: Context): Promise<void> {
  const { connection, timeouts, onDestroy, removeChildren, consolidate, marker } = parseSnapshotInputs(kind, state);
  const known = parseSnapshotState(state);
  const parsed = parseId(id);
  const ownMarker = pendingMarker(parsed) ?? marker;
  if (keptByReplacement(known, ownMarker, context)) return;
  const place = {
    ...{ connection, timeouts, name: String(state.name ?? id) },
    ...{ installation: known.installation, targetId: known.targetId ?? parsed.target, targetName: known.targetName },
    ...{ snapshotId: known.platformId, marker: ownMarker },
    ...(context.claims ? { claim: known.claim ?? 0 } : {}),
  };
  throwIfHeld(state, describeRemoval(place));
  if (onDestroy === "retain") await releaseSnapshot(kind, place, context);
  else await removeSnapshot(kind, place, context, { removeChildren, consolidate });
}

/**
 * The create of a forced replacement found the snapshot and took it over, in this run or an earlier one: to remove it
 * now would leave a state without one.
 */
function keptByReplacement(known: SnapshotState, marker: string, { takenOver, report }: Context): boolean {
  const { platformId } = known;
  if (!isTakenOver(takenOver, takenOverOf(known, marker))) return false;
  const message =
    `${platformId ?? "the snapshot"} was kept, and no new snapshot was taken: a forced replacement looks like the end of an ` +
    "interrupted create. To take a new one, change `triggers`";
  report({ message, severity: "warning" });
  return true;
}
