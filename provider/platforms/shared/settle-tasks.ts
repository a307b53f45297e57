import { isSnapstateError } from "../../core/errors";
import { type BackoffOptions, backoff, type OperationContext, pause, throwIfAborted } from "../../core/operation";
import type { RunningTask } from "../contract-types";

/**
 * Waits until no task runs on a target.
 *
 * @param running reads the target
 * @param waiter waits for a task's end where possible; other tasks are polled
 * @throws SnapstateError `timeout` or `cancelled` with the id of the first task
 */
export async function settleTasks(
  running: () => Promise<readonly RunningTask[]>,
  pauses: BackoffOptions,
  call: OperationContext,
  waiter: (task: RunningTask) => Promise<unknown> | undefined = () => undefined,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const tasks = await running();
    const [first] = tasks;
    if (first === undefined) return;
    throwIfAborted(call, first.id);
    call.report({ message: `waiting for ${first.operation} (${first.id})` });
    // Only the end of another client's task matters, not its result.
    const ends = tasks.flatMap((task) => waiter(task)?.catch(ignoreForgotten) ?? []);
    if (ends.length > 0) await Promise.all(ends);
    else await pause(backoff(attempt, pauses), call);
    throwIfAborted(call, first.id);
  }
}

function ignoreForgotten(error: unknown): void {
  if (!isSnapstateError(error, "lost-reply")) throw error;
}
