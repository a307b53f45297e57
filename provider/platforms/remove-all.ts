import { ignoreNotFound } from "../core/errors";
import type { OperationContext } from "../core/operation";
import type { Driver, SnapshotKind } from "./contract";

/**
 * Removes all snapshots of a target, foreign ones included: by the platform's own call where it has one, otherwise one
 * after the other, children before parents, so that no disk is merged twice.
 */
export async function removeAllSnapshots(
  driver: Driver,
  kind: SnapshotKind,
  targetId: string,
  call: OperationContext,
): Promise<void> {
  if (driver.removeAllSnapshots) return driver.removeAllSnapshots(kind, targetId, call);
  const { snapshots } = await driver.inspect(kind, targetId, call);
  for (const { id: snapshotId } of [...snapshots].reverse()) {
    const ref = { targetId, snapshotId };
    await driver.removeSnapshot(kind, ref, { removeChildren: false, consolidate: true }, call).catch(ignoreNotFound);
  }
}
