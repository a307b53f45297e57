import { SnapstateError } from "../../core/errors";
import { describeTarget } from "../../schema/target-input";
import type { Context } from "../shared/lifecycle";
import { findById } from "../snapshot/find";
import { inspectTarget, type QueryArgs, type SnapshotInfo, snapshotsOf } from "./get-snapshots";

/** Which snapshot of which VM. */
export interface SnapshotArgs extends QueryArgs {
  snapshot: string;
}

/**
 * One snapshot of a VM, by the platform's id, a resource's id, or its name.
 *
 * @throws SnapstateError `not-found`; `ambiguous` with all matches when two have the name
 */
export async function getSnapshot(args: SnapshotArgs, context: Context): Promise<SnapshotInfo> {
  const operation = `find snapshot ${JSON.stringify(args.snapshot)} of ${describeTarget(args.target)}`;
  const state = await inspectTarget(args, operation, context);
  const { snapshots } = snapshotsOf(state);
  const wanted = findById(state, args.snapshot, operation)?.id;
  const byId = snapshots.find(({ id }) => id === wanted);
  if (byId) return byId;
  const [found, ...more] = snapshots.filter(({ name }) => name === args.snapshot);
  if (found === undefined) {
    const there = snapshots.map(({ id, name }) => `${JSON.stringify(name)} (${id})`).join(", ");
    throw new SnapstateError({
      kind: "not-found",
      operation,
      detail: there ? `the VM has: ${there}` : "the VM has no snapshots",
    });
  }
  if (more.length > 0) {
    const ids = [found, ...more].map(({ id }) => id).join(", ");
    throw new SnapstateError({
      kind: "ambiguous",
      operation,
      detail: `${more.length + 1} snapshots have that name: ${ids}`,
      hint: "Use one of these ids",
    });
  }
  return found;
}
