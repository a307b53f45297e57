import { isSnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { Driver, RemoveOptions, Snapshot, SnapshotKind, SnapshotRef } from "../../platforms/contract";
import { beginOperation, sameInstallation } from "../shared/begin-operation";
import { changeOnce, done, NOT_DONE, REPEATABLE } from "../shared/change";
import type { Context } from "../shared/lifecycle";
import { retryWhileBusy } from "../shared/retry-while-busy";
import { isSuperseded, supersededMessage } from "./claim";
import { findMarked, inspectSettled } from "./find";
import type { SnapshotInputs } from "./inputs";

/** One snapshot of a target, known by the platform's id, or by its marker when the create that took it was interrupted. */
export interface SnapshotPlace {
  connection: string;
  /** The installation of the ids. @default not checked */
  installation?: string;
  targetId: string;
  /** For messages. @default the id */
  targetName?: string;
  snapshotId?: string;
  marker?: string;
  /** Of a state that may be an older one: its snapshot is deleted only if no later state has taken it over. */
  claim?: number;
  /** For messages. @default the id */
  name?: string;
  timeouts?: SnapshotInputs["timeouts"];
}

/** @default children move up to the parent, and disks that became redundant are merged */
const KEEP_CHILDREN: RemoveOptions = { removeChildren: false, consolidate: true };

/**
 * Removes the snapshot, and verifies that after a lost reply. Proven absence of the snapshot or its VM counts as
 * success.
 */
export function removeSnapshot(
  kind: SnapshotKind,
  place: SnapshotPlace,
  context: Context,
  options: RemoveOptions = KEEP_CHILDREN,
): Promise<void> {
  return releaseOrDelete(place, context, async (driver, call) => {
    // The id suffices: reading first would cost a call and prove nothing about the moment of removal.
    const snapshotId = place.snapshotId ?? (await findPlace(kind, place, driver, call))?.id;
    if (snapshotId === undefined) return;
    const { targetId, claim } = place;
    if (claim !== undefined) {
      const { snapshots } = await driver.inspect(kind, targetId, call);
      const present = snapshots.find(({ id }) => id === snapshotId);
      if (staysForLaterState(present, place, call)) return;
    }
    await removeOnce(driver, kind, { targetId, snapshotId }, call, options);
  });
}

/** Whether a later state has taken the snapshot over, which is reported. */
function staysForLaterState(snapshot: Snapshot | undefined, place: SnapshotPlace, call: OperationContext): boolean {
  const { marker, claim } = place;
  if (snapshot === undefined || claim === undefined || !isSuperseded(snapshot, marker, claim)) return false;
  call.report({ message: supersededMessage(snapshot), severity: "warning" });
  return true;
}

/** Leaves the snapshot and removes its marker, so that a later create of the same resource takes a new one. */
export function releaseSnapshot(kind: SnapshotKind, place: SnapshotPlace, context: Context): Promise<void> {
  return releaseOrDelete(place, context, async (driver, call) => {
    const snapshot = await findPlace(kind, place, driver, call);
    if (snapshot?.ownership === undefined || staysForLaterState(snapshot, place, call)) return;
    if (!driver.supports(kind, "describe").supported) {
      const message = `left ${snapshot.id} on the platform with its marker, which ${driver.platform} cannot remove; a resource of the same name will take it over`;
      return call.report({ message, severity: "warning" });
    }
    const ref = { targetId: place.targetId, snapshotId: snapshot.id };
    const text = { description: snapshot.description };
    await retryWhileBusy(call, () => driver.editSnapshot(kind, ref, { text }, call));
    call.report({ message: `left ${snapshot.id} on the platform (onDestroy: retain)`, severity: "warning" });
  });
}

async function releaseOrDelete(
  place: SnapshotPlace,
  context: Context,
  work: (driver: Driver, call: OperationContext) => Promise<void>,
): Promise<void> {
  const driver = context.driver(place.connection);
  const call = beginOperation("delete", place.timeouts, describeRemoval(place), context);
  const installation = await sameInstallation(driver, place.installation, call);
  await context.memory.withLock(`${installation}/${place.targetId}`, async () => {
    try {
      await work(driver, call);
    } catch (error) {
      // The driver throws it only for proven absence, which is the goal.
      if (!isSnapstateError(error, "not-found")) throw error;
      call.report({ message: "it no longer existed" });
    }
  });
}

/** The operation's text in messages. */
export function describeRemoval({ name, snapshotId, marker, targetName, targetId }: SnapshotPlace): string {
  return `delete ${JSON.stringify(name ?? snapshotId ?? marker)} of VM ${targetName ?? targetId}`;
}

/**
 * Sends the removal, and again until the platform shows that it was carried out. The caller holds the target's lock.
 * @throws SnapstateError `not-found` when it does not exist
 */
export async function removeOnce(
  driver: Driver,
  kind: SnapshotKind,
  ref: SnapshotRef,
  call: OperationContext,
  options: RemoveOptions = KEEP_CHILDREN,
): Promise<void> {
  const change = {
    send: () => driver.removeSnapshot(kind, ref, options, call),
    observe: async () => {
      const { snapshots } = await inspectSettled(driver, kind, ref.targetId, call);
      return snapshots.some(({ id }) => id === ref.snapshotId) ? NOT_DONE : done(undefined);
    },
    subject: "the snapshot",
    ...REPEATABLE,
  };
  await changeOnce<void>(change, call);
}

async function findPlace(
  kind: SnapshotKind,
  { targetId, snapshotId, marker }: SnapshotPlace,
  driver: Driver,
  call: OperationContext,
): Promise<Snapshot | undefined> {
  const target = await inspectSettled(driver, kind, targetId, call);
  return snapshotId === undefined
    ? findMarked(target, marker, call.operation)
    : target.snapshots.find((snapshot) => snapshot.id === snapshotId);
}
