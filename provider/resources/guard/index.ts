import { type Duration, milliseconds } from "../../core/durations";
import type { Snapshot, SnapshotKind, Target, TargetState } from "../../platforms/contract";
import { selectorOf, type TargetInput } from "../../schema/target-input";
import { forgetRevert } from "../restore/forget";
import { revertTarget } from "../restore/run";
import { beginOperation } from "../shared/begin-operation";
import { type Context, timeOf } from "../shared/lifecycle";
import { deriveMarker, dueAt, firstMarker } from "../shared/marker";
import { retryWhileBusy } from "../shared/retry-while-busy";
import { findMarked, inspectSettled } from "../snapshot/find";
import { demandOf, describable, stampedName } from "../snapshot/names";
import { removeSnapshot } from "../snapshot/remove";
import { takeSnapshot } from "../snapshot/take";

/**
 * A snapshot around a change of another resource: taken before, deleted after a success, kept after a failure. At most
 * one exists for a resource and a target. It is in no stack's state: its marker identifies it.
 */
export interface GuardArgs {
  connection: string;
  target: TargetInput;
  kind: SnapshotKind;
  consistency: "crash" | "filesystem" | "memory";
  /** Of the resource that is changed, the same in every run. */
  identity: string;
  /** Its name, for messages. */
  name: string;
  /** Keep the snapshot this long after a success instead of deleting it immediately. */
  ttl?: Duration;
  timeouts?: { create?: Duration; read?: Duration; update?: Duration; delete?: Duration };
}

/** The result of a guard, for the log. */
export interface GuardNews {
  targetName: string;
  snapshotId: string;
  message: string;
}

/**
 * Takes the snapshot. One from an earlier failed or killed change is kept instead: it is the last known good state.
 * Expired snapshots of earlier successes are removed.
 */
export async function openGuard(args: GuardArgs, context: Context): Promise<GuardNews> {
  const observation = await locate(args, "create", context);
  const { driver, target, state, marker, call, kept } = observation;
  const { kind, connection, consistency, name, timeouts } = args;
  const about = { targetName: target.name };
  const left = findMarked(state, marker, call.operation);
  if (left) {
    const message = `snapshot ${left.name} (${left.id}) of ${left.createdAt} remains from a change of ${name} that did not succeed; it stays the restore point`;
    return { ...about, snapshotId: left.id, message };
  }
  const spec = {
    connection,
    target: { id: target.id },
    name: stampedName(driver, kind, `before-${name.slice(0, 56)}`, marker, context),
    description: describable(driver, kind, `Taken before a change of ${name}`),
    marker,
    timeouts,
    ...demandOf(consistency),
  };
  const { snapshot } = await takeSnapshot(kind, spec, context);
  for (const old of kept) {
    const due = dueAt(old.ownership, old.createdAt);
    if (due === undefined || Date.parse(due) > timeOf(context)) continue;
    await removeSnapshot(kind, placeOf(args, observation, old), context);
  }
  const message = `took snapshot ${snapshot.name} (${snapshot.id}) before the change of ${name}`;
  return { ...about, snapshotId: snapshot.id, message };
}

/**
 * After a success: deletes the snapshot, or keeps it for `ttl` with another marker, so that the next change takes a new
 * one.
 */
export async function closeGuard(args: GuardArgs, context: Context): Promise<GuardNews | undefined> {
  const observation = await locate(args, "update", context);
  const { driver, target, state, marker, call } = observation;
  const snapshot = findMarked(state, marker, call.operation);
  if (snapshot === undefined) return undefined;
  const about = { targetName: target.name, snapshotId: snapshot.id };
  if (args.ttl === undefined) {
    await removeSnapshot(args.kind, placeOf(args, observation, snapshot), context);
    return {
      ...about,
      message: `deleted snapshot ${snapshot.name} (${snapshot.id}): the change of ${args.name} succeeded`,
    };
  }
  // The time counts from its creation, as for every snapshot.
  const ttlSeconds = Math.ceil(milliseconds(args.ttl) / 1000);
  const text = { description: snapshot.description, ownership: { marker: keptMarker(marker, snapshot), ttlSeconds } };
  const ref = { targetId: target.id, snapshotId: snapshot.id };
  await retryWhileBusy(call, () => driver.editSnapshot(args.kind, ref, { text }, call));
  return { ...about, message: `keeping snapshot ${snapshot.name} (${snapshot.id}) for ${args.ttl}` };
}

/**
 * After a failure: reverts to the snapshot, which is kept.
 *
 * @returns undefined if there is none
 */
export async function revertGuard(args: GuardArgs, context: Context): Promise<GuardNews | undefined> {
  const { target, state, marker, call } = await locate(args, "update", context);
  const snapshot = findMarked(state, marker, call.operation);
  if (snapshot === undefined) return undefined;
  const { connection, kind, timeouts } = args;
  const inputs = {
    ...{ connection, kind, timeouts, target: { id: target.id }, snapshot: snapshot.id, confirm: target.name },
    ...{ safetySnapshot: false, safetyMemory: false, suppressPowerOn: false },
    marker: deriveMarker(marker, "revert"),
    // Each failure is a new trigger.
    triggers: [new Date(timeOf(context)).toISOString()],
  };
  const { place, record } = await revertTarget(inputs, {}, "create", context);
  // No resource records this revert, so its note on the snapshot is no longer needed.
  await forgetRevert({ connection, kind, ...place, ...record }, context);
  const message = `reverted VM ${target.name} to ${snapshot.name} (${snapshot.id}): the change of ${args.name} failed`;
  return { targetName: target.name, snapshotId: snapshot.id, message };
}

interface GuardObservation {
  driver: ReturnType<Context["driver"]>;
  installation: string;
  target: Target;
  state: TargetState;
  marker: string;
  call: ReturnType<typeof beginOperation>;
  /** Snapshots of earlier successes, kept for `ttl`. */
  kept: Snapshot[];
}

async function locate(args: GuardArgs, operation: "create" | "update", context: Context): Promise<GuardObservation> {
  const driver = context.driver(args.connection);
  const call = beginOperation(operation, args.timeouts, `guard the change of ${args.name}`, context);
  const installation = await driver.installation(call);
  const target = await driver.findTarget(args.kind, selectorOf(args.target), call);
  const state = await inspectSettled(driver, args.kind, target.id, call);
  const marker = deriveMarker(firstMarker(args.identity), "guard");
  const kept = state.snapshots.filter((snapshot) => snapshot.ownership?.marker === keptMarker(marker, snapshot));
  return { driver, installation, target, state, marker, call, kept };
}

function keptMarker(marker: string, snapshot: Snapshot): string {
  return deriveMarker(marker, "kept", snapshot.id);
}

function placeOf(
  { connection, timeouts }: GuardArgs,
  { installation, target }: GuardObservation,
  { id, name }: Snapshot,
) {
  return { connection, installation, targetId: target.id, targetName: target.name, snapshotId: id, name, timeouts };
}
