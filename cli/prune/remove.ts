import { SnapstateError } from "../../provider/errors";
import type { PointKind } from "../../provider/hypervisors/contract";
import { type Context, getSnapshotReport, lifecycles } from "../../provider/resources";
import { printId } from "../../provider/resources/core/ids";
import { type Candidate, decide, type PruneRule } from "./plan";

/**
 * Removes one snapshot as its resource would be deleted: by its id, waiting while the VM is busy, and looking after a lost
 * reply. The VM is read again first: since the plan was made, the hold may have been set or the expiry moved.
 *
 * @throws SnapstateError `conflict` when it is no longer one to remove
 */
export async function remove(chosen: Candidate, rule: PruneRule, kind: PointKind, context: Context): Promise<void> {
  const { connection, targetId, id, name, vm } = chosen;
  const doing = `remove ${JSON.stringify(name)} of VM ${vm}`;
  const now = await getSnapshotReport({ connection, targets: [{ id: targetId }], kind }, context);
  const [failure] = now.failures;
  if (failure) throw new SnapstateError({ kind: "conflict", doing, answered: failure.message });
  const snapshot = now.targets[0]?.snapshots.find((one) => one.id === id);
  if (snapshot === undefined) return;
  const decided = decide(snapshot, rule);
  if (!decided.prune || snapshot.createdAt !== chosen.createdAt) {
    throw new SnapstateError({
      kind: "conflict",
      doing,
      answered: `it changed since it was looked at: ${decided.reason}`,
      hint: "Run again to see what would be removed now",
    });
  }
  const lifecycle = kind === "snapshot" ? lifecycles.Snapshot : lifecycles.RecoveryPoint;
  const resourceId = printId({ connection, target: targetId, point: id });
  const inputs = { connection, name, hold: false, onDestroy: "delete", removeChildren: false, consolidate: true };
  const known = { targetId, targetName: vm, platformId: id };
  await lifecycle.delete(resourceId, { ...inputs, ...known }, context);
}
