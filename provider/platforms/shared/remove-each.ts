import { ignoreNotFound } from "../../core/errors";
import type { Snapshot } from "../contract-types";

/** How a snapshot is removed that leaves nothing below it. */
export const REMOVE_LEAF = { removeChildren: false, consolidate: true } as const;

/** Removes snapshots one after the other, children before parents. One that has gone meanwhile is what was wanted. */
export async function removeEach<P extends Snapshot>(
  snapshots: readonly P[],
  remove: (snapshot: P) => Promise<void>,
): Promise<void> {
  for (const snapshot of [...snapshots].reverse()) await remove(snapshot).catch(ignoreNotFound);
}
