import type { OperationContext } from "../../core/operation";
import type { SnapshotKind, SnapshotRef } from "../contract-types";
import { creationTime } from "./mapping";
import type { VpsReader } from "./vps-reader";

/** When a revert consumed the snapshot. Determined by the first task after its creation that deleted it: a revert or a removal. */
export async function consumedAt(
  reader: VpsReader,
  kind: SnapshotKind,
  { targetId, snapshotId }: SnapshotRef,
  call: OperationContext,
): Promise<string | undefined> {
  if (kind === "recovery-point") return undefined;
  const taken = creationTime(snapshotId);
  const times = async (type: string) => {
    const tasks = await reader.ended(targetId, type, call);
    return tasks.flatMap(({ date }) => (date ? [Date.parse(date)] : [])).filter((at) => at >= taken);
  };
  const [reverts, removals] = await Promise.all([times("revertSnapshot"), times("deleteSnapshot")]);
  const first = Math.min(...reverts);
  // Times are whole seconds: a removal in the second of the creation concerns the previous snapshot.
  const removed = removals.some((at) => at > taken && at < first);
  return Number.isFinite(first) && !removed ? new Date(first).toISOString() : undefined;
}
