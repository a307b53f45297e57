import { ignoreNotFound, SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { Driver, Snapshot, SnapshotKind, Target, TargetState } from "../../platforms/contract";
import { removeAllSnapshots } from "../../platforms/remove-all";
import { hasUnknown } from "../../schema/unknown";
import { type Change, changeOnce, done, NOT_DONE, REPEATABLE } from "../shared/change";
import { type Finding, refusal, warning } from "../shared/preflight";
import { inspectSettled } from "../snapshot/find";
import { removeOnce } from "../snapshot/remove";

/** Which of a VM's snapshots a run deletes: none, those with an owner, or all. */
export type DeleteSnapshots = "none" | "managed" | "all";

export interface Deletion {
  kind: SnapshotKind;
  deleteSnapshots: DeleteSnapshots;
  confirm?: string;
}

/** The snapshots that a run would delete, children before parents. */
export function toDelete({ deleteSnapshots }: Deletion, { snapshots }: TargetState): Snapshot[] {
  if (deleteSnapshots === "none") return [];
  const selected = deleteSnapshots === "all" ? snapshots : snapshots.filter(({ ownership }) => ownership !== undefined);
  return [...selected].reverse();
}

/** Reasons not to delete, found before anything is changed. */
export function guardDeletion(deletion: Deletion, state: TargetState): Finding[] {
  const findings = deletion.deleteSnapshots === "all" ? confirmFindings(deletion, state.target) : [];
  const held = toDelete(deletion, state).filter(({ ownership }) => ownership?.hold);
  if (held.length > 0) {
    const message = `on hold: ${describe(held)}. Clear the hold where it was set, or set deleteSnapshots to none`;
    findings.push({ ...refusal(message, "deleteSnapshots"), kind: "held" });
  }
  return findings;
}

/** Foreign snapshots are deleted too, so the program must confirm with the target's name. */
function confirmFindings({ confirm = "" }: Deletion, { name }: Target): Finding[] {
  if (confirm === name || hasUnknown(confirm)) return [];
  const names = `confirm is ${JSON.stringify(confirm)} and the target's name is ${JSON.stringify(name)}`;
  return [refusal(`${names}: to delete all snapshots the two must be equal`, "confirm")];
}

/** What would be deleted, for a preview. */
export function announceDeletion(deletion: Deletion, state: TargetState): Finding[] {
  const snapshots = toDelete(deletion, state);
  if (snapshots.length === 0) return [];
  return [
    warning(
      `deletes ${snapshots.length === 1 ? "1 snapshot" : `${snapshots.length} snapshots`}: ${describe(snapshots)}`,
    ),
  ];
}

/**
 * Deletes what was selected from this read of the target. One that no longer exists counts as deleted.
 *
 * @returns the ids of deleted snapshots
 */
export async function deleteSnapshots(
  deletion: Deletion,
  driver: Driver,
  state: TargetState,
  call: OperationContext,
): Promise<string[]> {
  const snapshots = toDelete(deletion, state);
  if (snapshots.length === 0) return [];
  call.report({ message: `deleting ${describe(snapshots)}` });
  if (deletion.deleteSnapshots === "all") await deleteAll(deletion.kind, driver, state.target, call);
  else {
    for (const { id: snapshotId } of snapshots) {
      const ref = { targetId: state.target.id, snapshotId };
      await removeOnce(driver, deletion.kind, ref, call).catch(ignoreNotFound);
    }
  }
  return snapshots.map(({ id }) => id);
}

async function deleteAll(kind: SnapshotKind, driver: Driver, target: Target, call: OperationContext): Promise<void> {
  const change: Change<void> = {
    send: () => removeAllSnapshots(driver, kind, target.id, call),
    observe: async () => {
      const { snapshots } = await inspectSettled(driver, kind, target.id, call);
      return snapshots.length === 0 ? done(undefined) : NOT_DONE;
    },
    subject: "the snapshots",
    ...REPEATABLE,
  };
  await changeOnce(change, call);
}

/** @throws SnapstateError `task-failed` when a later read still shows some of them */
export function throwIfAnyRemain(deleted: readonly string[], { snapshots }: TargetState, call: OperationContext): void {
  const left = snapshots.filter(({ id }) => deleted.includes(id));
  if (left.length === 0) return;
  throw new SnapstateError({
    kind: "task-failed",
    operation: call.operation,
    detail: `the platform accepted the deletion but still has ${describe(left)}`,
    hint: "Run again",
  });
}

function describe(snapshots: readonly Snapshot[]): string {
  return snapshots
    .map(({ id, name, ownership, createdAt }) => {
      const facts = [id, ...(createdAt === "" ? [] : [createdAt]), ...(ownership === undefined ? ["foreign"] : [])];
      return `${JSON.stringify(name)} (${facts.join(", ")})`;
    })
    .join("; ");
}
