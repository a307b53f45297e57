import { isSnapstateError, SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { Target, TargetSelector } from "../contract-types";
import { ambiguousTarget, noSuchTarget } from "../shared/refusals";
import type { Vps } from "./client/replies";
import type { VpsList, VpsReader } from "./vps-reader";

export function vpsTarget({ name, displayName }: Vps): Target {
  return { id: name, name: displayName || name, path: name };
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
      return vpsTarget(await reader.one(value, call));
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
