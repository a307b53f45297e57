import { SnapstateError } from "../../core/errors";
import { describeTarget, selectorOf, type TargetInput } from "../../schema/target-input";
import { beginOperation } from "../shared/begin-operation";
import type { Context } from "../shared/lifecycle";
import { findNamed } from "../snapshot/find";
import type { SnapshotDownload } from "./results";

export type { SnapshotDownload } from "./results";

export interface DownloadArgs {
  connection: string;
  target: TargetInput;
  /** The platform's id of a snapshot, or its name. */
  snapshot: string;
}

/** Asks the platform for a download URL of a snapshot. */
export async function getSnapshotDownload(args: DownloadArgs, context: Context): Promise<SnapshotDownload> {
  const driver = context.driver(args.connection);
  const operation = `get a download of snapshot ${JSON.stringify(args.snapshot)} of ${describeTarget(args.target)}`;
  const call = beginOperation("read", undefined, operation, context);
  const { download } = driver;
  if (download === undefined) {
    throw new SnapstateError({
      kind: "unsupported",
      operation,
      detail: `${driver.platform} offers no download of a snapshot`,
      hint: "Use OVHcloud VPS, the only platform that does",
    });
  }
  const target = await driver.findTarget("snapshot", selectorOf(args.target), call);
  const state = await driver.inspect("snapshot", target.id, call);
  const snapshot = state.snapshots.find(({ id }) => id === args.snapshot) ?? findNamed(state, args.snapshot, operation);
  if (snapshot === undefined) {
    throw new SnapstateError({ kind: "not-found", operation, detail: "the target does not have this snapshot" });
  }
  return download.locate({ targetId: target.id, snapshotId: snapshot.id }, call);
}
