import { SnapstateError } from "../errors";
import type { Deadline } from "./deadline";

/** One line of news about a call under way, shown on the resource's own row. */
export interface Progress {
  message: string;
  /** 0 to 100, where the platform tells. */
  percent?: number;
  /** `info` lines are passing news; `warning` lines stay in the diagnostics. @default "info" */
  severity?: "info" | "warning";
}

/** What every call to a platform carries: how long it may take, how it is stopped, and where its news go. */
export interface OperationContext {
  /** Aborted when the user cancels: the call stops waiting at once. */
  readonly signal: AbortSignal;
  /** No wait goes beyond it. */
  readonly deadline: Deadline;
  /** What is being done to which target, for errors: `create snapshot "r1" of VM "/DC0/vm/web"`. */
  readonly operation: string;
  report(progress: Progress): void;
}

/** Throws `cancelled` or `timeout` when the call must not go on. */
export function throwIfAborted(call: OperationContext, taskId?: string): void {
  if (call.signal.aborted) {
    throw new SnapstateError({
      kind: "cancelled",
      operation: call.operation,
      detail: taskId ? "cancelled while the platform may still be at work" : "cancelled before it was sent",
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
        ? "The platform may still be at work. Run again to pick the task up, or raise the resource's `timeouts`"
        : "Raise the resource's `timeouts`",
      taskId,
    });
  }
}
