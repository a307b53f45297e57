import { isSnapstateError, SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { InspectOptions } from "../contract";
import type { Target, TargetSelector, TargetState } from "../contract-types";
import { ambiguousTarget, noSuchTarget } from "../shared/refusals";
import type { Vps } from "./client/replies";
import * as snapshots from "./mapping";
import type { VpsList, VpsRead, VpsReader } from "./vps-reader";

export function vpsTarget({ name, displayName }: Vps): Target {
  return { id: name, name: displayName || name, path: name };
}

/** A VPS as read, in the contract's words. @param times of its restore points, of the requested kind */
export function targetState({ vps, snapshot, running }: VpsRead, times?: readonly string[]): TargetState {
  const own = snapshot === undefined ? [] : [snapshots.volumeSnapshot(snapshot)];
  return {
    target: vpsTarget(vps),
    powerState: snapshots.powerState(vps.state),
    snapshots: times === undefined ? own : times.map(snapshots.restorePoint),
    blockers: [],
    runningTasks: running.map(({ id, type }) => ({ id, operation: type })),
    resizeBlocked: false,
  };
}

/**
 * Finds a VPS by its service name (`vps-1a2b3c4d.vps.ovh.net`), or by its display name in the control panel, which need
 * not be unique.
 *
 * @throws SnapstateError `not-found`, or `ambiguous` with all matches
 */
export async function findVps(
  reader: VpsReader,
  { by, value }: TargetSelector,
  call: OperationContext,
  { freshness }: Pick<InspectOptions, "freshness"> = {},
): Promise<Target> {
  if (by === "instance-uuid" || by === "bios-uuid") {
    throw new SnapstateError({
      kind: "unsupported",
      operation: call.operation,
      detail: `A VPS has no ${by}`,
      hint: "Use the service name, or the display name",
    });
  }
  // A service name contains a dot. Reading it alone works with credentials for one VPS.
  if (by === "id" || by === "path" || (by === "any" && value.includes("."))) {
    try {
      // The inspection that follows uses the same read.
      return vpsTarget(
        freshness === "recent" ? (await reader.of(value).recent(call)).vps : await reader.one(value, call),
      );
    } catch (error) {
      if (by !== "any" || !isSnapstateError(error, "not-found")) throw error;
    }
  }
  const named = ({ vps }: VpsList) => vps.map(vpsTarget).filter(({ id, name }) => name === value || id === value);
  let all = await reader.all.recent(call);
  // If it is missing or ambiguous in a recent list, the list is read again.
  if (named(all).length !== 1) all = await reader.all.fresh(call);
  const found = named(all);
  const [first] = found;
  const [unread] = all.unread;
  // It may be one that could not be read.
  if (first === undefined && unread !== undefined) throw unread.error;
  if (first === undefined) {
    const hint = "Check the name, and that the connection's credentials belong to the right account";
    throw noSuchTarget(`the account has no VPS ${JSON.stringify(value)}`, hint, call);
  }
  if (found.length > 1) {
    const what = `${found.length} VPS have the display name ${JSON.stringify(value)}`;
    throw ambiguousTarget(
      what,
      found.map(({ id }) => id),
      "Select the VPS by its service name",
      call,
    );
  }
  return first;
}
