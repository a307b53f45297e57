import { SnapstateError } from "../errors";
import type { Deadline } from "./deadline";

/** One progress message of a running call, shown on the resource's own row. */
export interface Progress {
  message: string;
  /** 0 to 100, where the platform reports it. */
  percent?: number;
  /** `info` messages are transient; `warning` messages stay in the diagnostics. @default "info" */
  severity?: "info" | "warning";
}

/** Passed to every call to a platform: how long it may take, how to cancel it, and where to report progress. */
export interface OperationContext {
  /** Aborted when the user cancels: the call stops waiting immediately. */
  readonly signal: AbortSignal;
  /** No wait exceeds it. */
  readonly deadline: Deadline;
  /** The operation and its target, for error messages: `create snapshot "r1" of VM "/DC0/vm/web"`. */
  readonly operation: string;
  report(progress: Progress): void;
}

/** Throws `cancelled` or `timeout` when the call must stop. */
export function throwIfAborted(call: OperationContext, taskId?: string): void {
  if (call.signal.aborted) {
    throw new SnapstateError({
      kind: "cancelled",
      operation: call.operation,
      detail: taskId ? "cancelled while the platform may still be working on it" : "cancelled before it was sent",
      hint: taskId ? "Run again: the running task is found and waited for, not started twice" : undefined,
      taskId,
    });
  }
  if (call.deadline.passed) {
    throw new SnapstateError({
      kind: "timeout",
      operation: call.operation,
      detail: `not finished after ${call.deadline.describe()}`,
      hint: taskId
        ? "The platform may still be working on it. Run again to resume waiting for the task, or raise the resource's `timeouts`"
        : "Raise the resource's `timeouts`",
      taskId,
    });
  }
}
