import { SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { Support } from "../contract";

/** The error for a feature that `supports` denies. @param platform its display name */
export function unsupported(platform: string, support: Support, call: OperationContext): SnapstateError {
  if (support.supported) throw new Error("it is supported");
  const detail = `${platform} ${support.reason}`;
  return new SnapstateError({ kind: "unsupported", operation: call.operation, detail, hint: support.remedy });
}

/** The error for a selector without a match. @param hint what to check */
export function noSuchTarget(detail: string, hint: string, { operation }: OperationContext): SnapstateError {
  return new SnapstateError({ kind: "not-found", operation, detail, hint });
}

/**
 * The error for a selector with several matches.
 *
 * @param what what they share: `2 VMs are called "web"`
 * @param each every match, with what distinguishes it
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
