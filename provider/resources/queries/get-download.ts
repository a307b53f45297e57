import { SnapstateError } from "../../errors";
import type { Context } from "../core/lifecycle";
import { beginCall } from "../core/operation";
import { describeTarget, selectorOf, type TargetInput } from "../core/target-input";
import { findNamed } from "../point/find";

export interface DownloadArgs {
  connection: string;
  target: TargetInput;
  /** The platform's id of a snapshot, or its name. */
  snapshot: string;
}

/** Where a snapshot can be downloaded for a while. */
export interface SnapshotDownload {
  /** A secret: who has it needs nothing else. */
  url: string;
  /** Absent where the platform does not tell. */
  sizeBytes?: number;
  /** When the URL ends, ISO 8601, UTC; absent where the platform does not tell. */
  expiresAt?: string;
}

/** Asks the platform for a download URL of a snapshot. */
export async function getSnapshotDownload(args: DownloadArgs, context: Context): Promise<SnapshotDownload> {
  const hypervisor = context.hypervisor(args.connection);
  const doing = `get a download of snapshot ${JSON.stringify(args.snapshot)} of ${describeTarget(args.target)}`;
  const call = beginCall("read", undefined, doing, context);
  const { download } = hypervisor;
  if (download === undefined) {
    throw new SnapstateError({
      kind: "unsupported",
      doing,
      answered: `${hypervisor.platform} offers no download of a snapshot`,
      hint: "Only OVHcloud VPS does",
    });
  }
  const target = await hypervisor.findTarget("snapshot", selectorOf(args.target), call);
  const state = await hypervisor.inspect("snapshot", target.id, call);
  const point = state.points.find(({ id }) => id === args.snapshot) ?? findNamed(state, args.snapshot, doing);
  if (point === undefined) {
    throw new SnapstateError({ kind: "not-found", doing, answered: "the target has no such snapshot" });
  }
  return download.locate({ targetId: target.id, pointId: point.id }, call);
}
