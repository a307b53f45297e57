import type { Hypervisor, Point, PointKind } from "../../hypervisors/contract";
import type { Call } from "../../waiting";
import { type Notes, splitMarker, withMarker } from "../core/marker";
import { tryAgainWhileBusy } from "../core/try-again";

/** What name, description, marker and notes should be. An undefined name, description or notes is left as it is. */
export interface Desired {
  name?: string;
  description?: string;
  marker?: string;
  notes?: Notes;
}

/** Edits name and description in place, in one call, where they differ. @returns whether anything was changed. */
export async function align(
  hypervisor: Hypervisor,
  kind: PointKind,
  targetId: string,
  point: Point,
  desired: Desired,
  call: Call,
): Promise<boolean> {
  const stored = splitMarker(point.description);
  const description = withMarker(
    desired.description ?? stored.description,
    desired.marker,
    desired.notes ?? stored.notes,
  );
  const edit = {
    ...(desired.name === undefined || desired.name === point.name ? {} : { name: desired.name }),
    ...(description === point.description ? {} : { description }),
  };
  if (Object.keys(edit).length === 0) return false;
  await tryAgainWhileBusy(call, () => hypervisor.editPoint(kind, { targetId, pointId: point.id }, edit, call));
  return true;
}
