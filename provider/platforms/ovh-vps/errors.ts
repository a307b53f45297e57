import { SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";

/** On the platform's word: the VPS was read, and has another snapshot or none. */
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
    detail: `the task ended well, and the VPS has ${what}`,
    hint: "Somebody else works on this VPS: look at its snapshot in the control panel, then run again",
    taskId,
  });
}
