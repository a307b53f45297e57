import { SnapstateError } from "../../provider/core/errors";
import type { SnapshotKind } from "../../provider/platforms/contract";
import { type Context, getSnapshotReport } from "../../provider/resources";
import { removeSnapshot } from "../../provider/resources/snapshot/remove";
import { type Candidate, decide, type PruneRule } from "./plan";

/**
 * Removes one snapshot as its resource would be deleted: by its id, waiting while the VM is busy, and looking after a lost
 * reply. The VM is read again first: since the plan was made, the hold may have been set or the expiry moved.
 *
 * @throws SnapstateError `conflict` when it is no longer one to remove
 */
export async function remove(chosen: Candidate, rule: PruneRule, kind: SnapshotKind, context: Context): Promise<void> {
  const { connection, targetId, id, name, vm } = chosen;
  const operation = `remove ${JSON.stringify(name)} of VM ${vm}`;
  const now = await getSnapshotReport({ connection, targets: [{ id: targetId }], kind }, context);
  const [failure] = now.failures;
  if (failure) throw new SnapstateError({ kind: "conflict", operation, detail: failure.message });
  const snapshot = now.targets[0]?.snapshots.find((one) => one.id === id);
  if (snapshot === undefined) return;
  const decided = decide(snapshot, rule);
  if (!decided.prune || snapshot.createdAt !== chosen.createdAt) {
    throw new SnapstateError({
      kind: "conflict",
      operation,
      detail: `it changed since it was looked at: ${decided.reason}`,
      hint: "Run again to see what would be removed now",
    });
  }
  await removeSnapshot(kind, { connection, targetId, targetName: vm, snapshotId: id, name }, context);
}
