import { SnapstateError } from "../../provider/core/errors";
import type { SnapshotKind } from "../../provider/platforms/contract";
import { type Context, getSnapshotReport } from "../../provider/resources";
import { removeSnapshot } from "../../provider/resources/snapshot/remove";
import { type Candidate, decide, type PruneRule } from "./plan";

/**
 * Removes one snapshot like the delete of its resource: by its id, waiting while the VM is busy, and observing after a
 * lost reply. Reads the VM again first: hold or expiry may have changed since the plan.
 *
 * @throws SnapstateError `conflict` when it must no longer be removed
 */
export async function remove(
  selected: Candidate,
  rule: PruneRule,
  kind: SnapshotKind,
  context: Context,
): Promise<void> {
  const { connection, targetId, id, name, vm } = selected;
  const operation = `remove ${JSON.stringify(name)} of VM ${vm}`;
  const now = await getSnapshotReport({ connection, targets: [{ id: targetId }], kind }, context);
  const [failure] = now.failures;
  if (failure) throw new SnapstateError({ kind: "conflict", operation, detail: failure.message });
  const snapshot = now.targets[0]?.snapshots.find((one) => one.id === id);
  if (snapshot === undefined) return;
  const decided = decide(snapshot, rule);
  if (!decided.prune || snapshot.createdAt !== selected.createdAt) {
    throw new SnapstateError({
      kind: "conflict",
      operation,
      detail: `it changed since the plan: ${decided.reason}`,
      hint: "Run again for a new plan",
    });
  }
  await removeSnapshot(kind, { connection, targetId, targetName: vm, snapshotId: id, name }, context);
}
