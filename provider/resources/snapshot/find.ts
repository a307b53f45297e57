import { SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { Driver, InspectOptions, Snapshot, SnapshotKind, TargetState } from "../../platforms/contract";
import { parseId, pendingMarker, type ResourceId } from "../shared/ids";
import type { Context } from "../shared/lifecycle";

/**
 * The snapshot with the marker; a failed one only if there is no other.
 *
 * @throws `ambiguous` when two have it, which happens only if it was copied manually
 */
export function findMarked(state: TargetState, marker: string | undefined, operation: string): Snapshot | undefined {
  if (marker === undefined) return undefined;
  const marked = state.snapshots.filter((snapshot) => snapshot.ownership?.marker === marker);
  const usable = marked.filter((snapshot) => snapshot.failed === undefined);
  return only(
    usable.length > 0 ? usable : marked,
    `carry the marker ${marker}`,
    operation,
    "Remove the marker's line from the description of the one that is not this resource's, then run again",
  );
}

/**
 * The one snapshot of that name.
 *
 * @throws `ambiguous` with all matches
 */
export function findNamed(state: TargetState, name: string, operation: string): Snapshot | undefined {
  return only(
    state.snapshots.filter((snapshot) => snapshot.name === name),
    `have the name ${JSON.stringify(name)}`,
    operation,
    "Rename one of them, or select the snapshot by its id",
  );
}

/**
 * The snapshot of an id: the platform's, or a resource's, which ends in it. The id of an interrupted create ends in
 * its marker until the next refresh. A resource id for another target matches nothing here.
 */
export function findById(state: TargetState, id: string, operation: string): Snapshot | undefined {
  const { snapshots, target } = state;
  const known = snapshots.find((snapshot) => snapshot.id === id);
  const parsed = known ? undefined : parsedId(id);
  if (parsed === undefined || ![target.id, target.name, target.path].includes(parsed.target)) return known;
  const marker = pendingMarker(parsed);
  return marker === undefined
    ? snapshots.find((snapshot) => snapshot.id === parsed.snapshot)
    : findMarked(state, marker, operation);
}

/**
 * The platform's id of a snapshot, given that id or a resource's id.
 *
 * @throws SnapstateError `not-found` for a resource whose create was interrupted before a snapshot existed
 */
export async function platformIdOf(
  driver: Driver,
  kind: SnapshotKind,
  snapshot: string,
  call: OperationContext,
): Promise<string> {
  const parsed = parsedId(snapshot);
  if (parsed === undefined) return snapshot;
  if (pendingMarker(parsed) === undefined) return parsed.snapshot;
  const found = findById(await driver.inspect(kind, parsed.target, call), snapshot, call.operation);
  if (found !== undefined && found.failed === undefined) return found.id;
  throw new SnapstateError({
    kind: "not-found",
    operation: call.operation,
    detail: `the create of ${snapshot} was interrupted, and its snapshot does not exist`,
    remedy: { action: "apply-again" },
  });
}

/**
 * Refuses the id of a resource on another installation, where it identifies another snapshot.
 *
 * @param snapshot a resource's id; a platform's id or name passes unchecked
 * @throws SnapstateError `conflict`
 */
export async function refuseForeign(
  snapshot: string,
  { connection, installation }: { connection: string; installation: string },
  context: Pick<Context, "driver">,
  call: OperationContext,
): Promise<void> {
  const parsed = parsedId(snapshot);
  if (parsed === undefined || parsed.connection === connection) return;
  let other: Driver;
  try {
    other = context.driver(parsed.connection);
  } catch {
    // A name with two slashes in it, not an id.
    return;
  }
  if ((await other.installation(call)) === installation) return;
  throw new SnapstateError({
    kind: "conflict",
    operation: call.operation,
    detail: `${snapshot} is a snapshot on connection ${JSON.stringify(parsed.connection)}, which leads to another installation than ${JSON.stringify(connection)}`,
    hint: "Use a snapshot of this target",
  });
}

/** The target in a resource's id, when it is not this one; undefined for a platform's id or a name. */
export function otherTargetOf(snapshot: string, { target }: TargetState): string | undefined {
  const parsed = parsedId(snapshot);
  return parsed && ![target.id, target.name, target.path].includes(parsed.target) ? parsed.target : undefined;
}

/** Whether it is the id of an interrupted create, which the coming run finishes. */
export function isPendingId(snapshot: string): boolean {
  const parsed = parsedId(snapshot);
  return parsed !== undefined && pendingMarker(parsed) !== undefined;
}

function parsedId(text: string): ResourceId | undefined {
  try {
    return parseId(text);
  } catch {
    return undefined;
  }
}

/** Reads the target once no task runs on it, so that an interrupted run's task has ended. */
export async function inspectSettled(
  driver: Driver,
  kind: SnapshotKind,
  targetId: string,
  call: OperationContext,
  how: InspectOptions = {},
): Promise<TargetState> {
  const state = await driver.inspect(kind, targetId, call, how);
  if (state.runningTasks.length === 0) return state;
  const tasks = state.runningTasks.map((task) => `${task.operation} (${task.id})`).join(", ");
  call.report({ message: `waiting for ${tasks}` });
  await driver.settle(kind, targetId, call);
  return driver.inspect(kind, targetId, call, { ...how, freshness: "fresh" });
}

function only(matches: Snapshot[], what: string, operation: string, hint: string): Snapshot | undefined {
  if (matches.length < 2) return matches[0];
  const list = matches
    .map((snapshot) => `${snapshot.id} (${JSON.stringify(snapshot.name)}, ${snapshot.createdAt})`)
    .join(" and ");
  throw new SnapstateError({ kind: "ambiguous", operation, detail: `${list} both ${what}`, hint });
}
