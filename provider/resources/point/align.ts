import type { Feature, Hypervisor, Point, PointEdit, PointKind } from "../../hypervisors/contract";
import { isSameText, type Notes } from "../../hypervisors/ownership";
import type { Call } from "../../waiting";
import { tryAgainWhileBusy } from "../core/try-again";

/** What name, description, marker and notes should be. An undefined name, description or notes is left as it is. */
export interface Desired {
  name?: string;
  description?: string;
  marker?: string;
  notes?: Notes;
}

/** What has to be edited, of what the platform can change: what it cannot was refused by `check`, or is only a note. */
export function missingEdit(
  hypervisor: Hypervisor,
  kind: PointKind,
  point: Point,
  desired: Desired,
): PointEdit | undefined {
  const can = (feature: Feature) => hypervisor.supports(kind, feature).supported;
  const { marker, description = point.description } = desired;
  const text = {
    description,
    ...(marker === undefined ? {} : { ownership: { ...(desired.notes ?? point.ownership), marker } }),
    restoreNote: point.restoreNote,
  };
  const edit = {
    ...(desired.name === undefined || desired.name === point.name || !can("rename") ? {} : { name: desired.name }),
    ...(isSameText(text, point) || !can("describe") ? {} : { text }),
  };
  return Object.keys(edit).length === 0 ? undefined : edit;
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
  const edit = missingEdit(hypervisor, kind, point, desired);
  if (edit === undefined) return false;
  await tryAgainWhileBusy(call, () => hypervisor.editPoint(kind, { targetId, pointId: point.id }, edit, call));
  return true;
}
