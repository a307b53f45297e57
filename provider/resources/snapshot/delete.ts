import { isSnapstateError, SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { Driver, Snapshot, SnapshotKind } from "../../platforms/contract";
import { beginOperation, sameInstallation } from "../shared/begin-operation";
import { type Change, changeOnce, done, NOT_DONE, REPEATABLE } from "../shared/change";
import { parseId, pendingMarker } from "../shared/ids";
import type { Context, Values } from "../shared/lifecycle";
import { retryWhileBusy } from "../shared/retry-while-busy";
import { findMarked, inspectSettled, snapshotKey } from "./find";
import { parseSnapshotInputs, parseSnapshotState, type SnapshotInputs, type SnapshotState } from "./inputs";

/** Removes the snapshot, or releases it. A snapshot or VM that is proven gone is a success. */
export async function deleteSnapshot(kind: SnapshotKind, id: string, state: Values, context: Context): Promise<void> {
  const inputs = parseSnapshotInputs(kind, state);
  const known = parseSnapshotState(state);
  const operation = `delete ${JSON.stringify(state.name ?? id)} of VM ${known.targetName ?? parseId(id).target}`;
  if (keptByReplacement(inputs, known, context)) return;
  if (inputs.hold) {
    throw new SnapstateError({
      kind: "held",
      operation,
      detail: "it is on hold",
      remedy: { action: "clear-hold", input: "hold" },
    });
  }
  const driver = context.driver(inputs.connection);
  const call = beginOperation("delete", inputs.timeouts, operation, context);
  const installation = await sameInstallation(driver, known.installation, call);
  const removal = { kind, id, state, inputs, driver: driver, call, targetId: known.targetId ?? parseId(id).target };
  await context.memory.withLock(`${installation}/${removal.targetId}`, async () => {
    try {
      await (inputs.onDestroy === "retain" ? release(removal) : remove(removal));
    } catch (error) {
      // The driver throws it only on the platform's positive word, and gone is the goal.
      if (!isSnapstateError(error, "not-found")) throw error;
      call.report({ message: "it was gone already" });
    }
  });
  if (inputs.owner !== undefined) context.memory.forgetMarker(inputs.owner);
}

/**
 * To its create, a replacement forced by `--replace` or a taint looks like a run after an interrupted one: it finds
 * the snapshot and takes it over. Removing the snapshot now would leave a state without one.
 */
function keptByReplacement(inputs: SnapshotInputs, known: SnapshotState, context: Context): boolean {
  const { installation = "", targetId = "", platformId } = known;
  const owner = context.owner ?? inputs.owner;
  if (owner === undefined || platformId === undefined) return false;
  if (!context.memory.wasTakenOver(owner, snapshotKey(installation, targetId, platformId))) return false;
  const message =
    `${platformId} stays, and no new snapshot was taken: a forced replacement cannot be told from the end of an interrupted ` +
    "create. To take a new one, change `triggers`";
  context.report({ message, severity: "warning" });
  return true;
}

interface Removal {
  kind: SnapshotKind;
  id: string;
  state: Values;
  inputs: SnapshotInputs;
  driver: Driver;
  call: OperationContext;
  targetId: string;
}

async function remove(removal: Removal): Promise<void> {
  const { kind, inputs, driver, call, targetId } = removal;
  // The id suffices: reading first would cost a call and prove nothing about the moment of removal.
  const snapshotId = parseSnapshotState(removal.state).platformId ?? (await snapshotOf(removal))?.id;
  if (snapshotId === undefined) return;
  const { removeChildren, consolidate } = inputs;
  const change: Change<void> = {
    send: () => driver.removeSnapshot(kind, { targetId, snapshotId }, { removeChildren, consolidate }, call),
    observe: async () => {
      const { snapshots } = await inspectSettled(driver, kind, targetId, call);
      return snapshots.some((snapshot) => snapshot.id === snapshotId) ? NOT_DONE : done(undefined);
    },
    subject: "the snapshot",
    ...REPEATABLE,
  };
  await changeOnce(change, call);
}

/** Leaves the snapshot and removes its marker, so that a later create of the same resource takes a new one. */
async function release(removal: Removal): Promise<void> {
  const { kind, driver, call, targetId } = removal;
  const snapshot = await snapshotOf(removal);
  if (snapshot === undefined) return;
  const { description, ownership } = snapshot;
  if (ownership === undefined) return;
  if (!driver.supports(kind, "describe").supported) {
    const message = `left ${snapshot.id} on the platform with its marker, which ${driver.platform} cannot remove; a resource of the same name will take it over`;
    return call.report({ message, severity: "warning" });
  }
  const edit = () => driver.editSnapshot(kind, { targetId, snapshotId: snapshot.id }, { text: { description } }, call);
  await retryWhileBusy(call, edit);
  call.report({ message: `left ${snapshot.id} on the platform, as onDestroy: retain asks`, severity: "warning" });
}

async function snapshotOf({ kind, id, state, driver, call, targetId }: Removal): Promise<Snapshot | undefined> {
  const target = await inspectSettled(driver, kind, targetId, call);
  const { platformId } = parseSnapshotState(state);
  const marker = pendingMarker(parseId(id)) ?? parseSnapshotInputs(kind, state).marker;
  return platformId === undefined
    ? findMarked(target, marker, call.operation)
    : target.snapshots.find((snapshot) => snapshot.id === platformId);
}
