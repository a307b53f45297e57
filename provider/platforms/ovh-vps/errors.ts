import { SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";

/** Proven by a read of the VPS: it has another snapshot, or none. */
export function notThere(snapshotId: string, remedy: string | undefined, call: OperationContext): SnapstateError {
  const there = remedy === undefined ? "no snapshot" : `another snapshot, ${remedy}`;
  return new SnapstateError({
    kind: "not-found",
    operation: call.operation,
    detail: `${snapshotId} does not exist: the VPS has ${there}`,
  });
}

export function another(what: string, taskId: string, call: OperationContext): SnapstateError {
  return new SnapstateError({
    kind: "conflict",
    operation: call.operation,
    detail: `the task succeeded, but the VPS has ${what}`,
    hint: "Another client changed this VPS: check its snapshot in the control panel, then run again",
    taskId,
  });
}
