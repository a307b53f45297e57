import { SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { Support } from "../contract";

/** What `supports` denies and was asked for all the same. @param platform its name for people */
export function unsupported(platform: string, support: Support, call: OperationContext): SnapstateError {
  if (support.supported) throw new Error("it is supported");
  const detail = `${platform} ${support.reason}`;
  return new SnapstateError({ kind: "unsupported", operation: call.operation, detail, hint: support.remedy });
}

/** A selector that names no target. @param hint where to look for the mistake */
export function noSuchTarget(detail: string, hint: string, { operation }: OperationContext): SnapstateError {
  return new SnapstateError({ kind: "not-found", operation, detail, hint });
}

/**
 * A selector that names several targets.
 *
 * @param what what they have in common: `2 VMs are called "web"`
 * @param each every match, with what tells it from the others
 */
export function ambiguousTarget(
  what: string,
  each: readonly string[],
  hint: string,
  call: OperationContext,
): SnapstateError {
  return new SnapstateError({
    kind: "ambiguous",
    operation: call.operation,
    detail: `${what}: ${each.join(" and ")}`,
    hint,
  });
}
