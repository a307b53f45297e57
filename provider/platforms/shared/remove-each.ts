import { ignoreNotFound } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { Driver } from "../contract";
import type { Snapshot, SnapshotKind } from "../contract-types";

/** Removes snapshots one by one, children before parents. Ignores those that no longer exist. */
export async function removeEach<P extends Snapshot>(
  snapshots: readonly P[],
  remove: (snapshot: P) => Promise<void>,
): Promise<void> {
  for (const snapshot of [...snapshots].reverse()) await remove(snapshot).catch(ignoreNotFound);
}

/** `removeAllSnapshots` for platforms without such a call. Children first, so that no disk is merged twice. */
export async function removeAll(
  driver: Pick<Driver, "inspect" | "removeSnapshot">,
  kind: SnapshotKind,
  targetId: string,
  call: OperationContext,
): Promise<void> {
  const { snapshots } = await driver.inspect(kind, targetId, call);
  await removeEach(snapshots, ({ id: snapshotId }) =>
    driver.removeSnapshot(kind, { targetId, snapshotId }, { removeChildren: false, consolidate: true }, call),
  );
}
