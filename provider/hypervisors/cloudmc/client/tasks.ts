import { isSnapstateError, SnapstateError } from "../../../errors";
import { type Call, sleep, throwIfOver } from "../../../waiting";
import type { CloudmcApi } from "./api";

/** How a task ended: `forgotten` when CloudMC no longer has it, which says nothing about how it ended. */
export type TaskEnd =
  | { status: "SUCCESS"; result: unknown }
  | { status: "FAILED"; why: string }
  | { status: "forgotten" };

/** The longest pause between two looks, as a multiple of the first. */
const SLOWEST = 10;

/**
 * Waits for the end of a task. There is no call that tells of many tasks, so each is asked for by itself, ever less often.
 * @throws SnapstateError `timeout` or `cancelled` with the task's id
 */
export async function waitForTask(api: CloudmcApi, id: string, first: number, call: Call): Promise<TaskEnd> {
  for (let look = 0; ; look++) {
    await sleep(Math.min(first * 1.3 ** look, first * SLOWEST, call.deadline.left), call.signal);
    throwIfOver(call, id);
    try {
      const task = await api.task(id, call);
      if (task === undefined) return { status: "forgotten" };
      if (task.status === "SUCCESS") return { status: "SUCCESS", result: task.result };
      if (task.status === "FAILED") return { status: "FAILED", why: reason(task.result) };
      call.report({ message: `CloudMC task ${id} is pending` });
    } catch (error) {
      if (isSnapstateError(error, "cancelled", "timeout")) throwIfOver(call, id);
      // The task goes on without us: only the deadline or the user ends the wait for it.
      if (!isSnapstateError(error, "unreachable", "throttled", "cancelled", "timeout")) throw withTask(error, id);
      call.report({ message: `${error.answered ?? "no answer"}; the task goes on, looking again` });
    }
  }
}

/** Where CloudMC puts the reason of a failure is not documented. */
function reason(result: unknown): string {
  if (typeof result === "string" && result !== "") return result;
  const message = (result as { message?: unknown } | undefined)?.message;
  return typeof message === "string" ? message : "CloudMC says no more than that the task failed";
}

function withTask(error: unknown, taskId: string): unknown {
  if (!(error instanceof SnapstateError)) return error;
  const { kind, doing, answered, code, hint, requestId } = error;
  return new SnapstateError({
    kind: kind === "protocol" ? "lost-reply" : kind,
    doing,
    answered,
    code,
    hint,
    requestId,
    taskId,
  });
}
