import { type Clock, type Observation, type PolledTask, TaskPoll } from "../../../core/operation";
import type { CloudmcApi } from "./api";

/** How a task ended. */
export type TaskEnd = { status: "SUCCESS"; result: unknown } | { status: "FAILED"; why: string };

/** The longest pause between two polls, as a multiple of the first. */
const MAX_PAUSE_FACTOR = 10;

/** Waits for tasks by one shared poll. No call covers several tasks, so each is requested when it is due. */
export class TaskWaiter extends TaskPoll<TaskEnd> {
  /** @param pause milliseconds between the first two polls of a task */
  constructor(
    private readonly api: Pick<CloudmcApi, "task">,
    pause: number,
    clock?: Clock,
  ) {
    super((task) => this.observe(task), false, { first: pause, longest: pause * MAX_PAUSE_FACTOR }, clock);
  }

  /** CloudMC keeps tasks for about 30 minutes. */
  private async observe({ id, call }: PolledTask<void>): Promise<Observation<TaskEnd>> {
    const task = await this.api.task(id, call);
    if (task === undefined) return undefined;
    if (task.status === "SUCCESS") return { end: { status: "SUCCESS", result: task.result }, succeeded: true };
    if (task.status === "FAILED") return { end: { status: "FAILED", why: reason(task.result) }, succeeded: false };
    return { progress: { message: `CloudMC task ${id} is pending` } };
  }
}

/** CloudMC does not document the field with the reason of a failure. */
function reason(result: unknown): string {
  if (typeof result === "string" && result !== "") return result;
  const message = (result as { message?: unknown } | undefined)?.message;
  return typeof message === "string" ? message : "CloudMC reports no reason for the failure of the task";
}
