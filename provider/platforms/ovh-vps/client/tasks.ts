import { isSnapstateError, SnapstateError } from "../../../core/errors";
import {
  type Clock,
  type Observation,
  type OperationContext,
  type PolledTask,
  TaskPoll,
} from "../../../core/operation";
import { type OvhApi, path } from "./api";
import { taskReply, type VpsTask } from "./replies";

const FAILED = ["blocked", "cancelled", "error"];

/** The longest pause between two polls, as a multiple of the first: 5 to 15 seconds. */
const SLOWEST = 3;

/** Waits for tasks by one shared poll. No call covers several tasks, so each is requested when it is due. */
export class TaskWaiter {
  private readonly tasks: TaskPoll<VpsTask, string>;

  /** @param pause milliseconds between the first two polls of a task */
  constructor(
    private readonly api: Pick<OvhApi, "get">,
    pause: number,
    clock?: Clock,
  ) {
    this.tasks = new TaskPoll((task) => this.observe(task), false, { first: pause, longest: pause * SLOWEST }, clock);
  }

  /**
   * @throws SnapstateError `task-failed`; `timeout` or `cancelled` with the task's id; `lost-reply` when the API no
   * longer has the task, so its result is unknown
   */
  async wait(serviceName: string, started: VpsTask, call: OperationContext): Promise<void> {
    const over = started.state === "done" || FAILED.includes(started.state);
    const end = over ? started : await this.tasks.wait(started.id, started.type, call, serviceName);
    if (end.state !== "done") throw failed(end, call);
  }

  private async observe({ id, call, extra: serviceName }: PolledTask<string>): Promise<Observation<VpsTask>> {
    try {
      const task = await this.api.get(path`/vps/${serviceName}/tasks/${id}`, taskReply, call);
      const { type, state, progress } = task;
      if (state === "done" || FAILED.includes(state)) return { end: task, succeeded: state === "done" };
      const message = `OVHcloud's task ${id} (${type}) is ${state}`;
      return { progress: { message, ...(progress == null ? {} : { percent: progress }) } };
    } catch (error) {
      if (isSnapstateError(error, "not-found")) return undefined;
      throw error;
    }
  }
}

/** The API reports only the state of a failed task. */
function failed({ id, type, state }: VpsTask, call: OperationContext): SnapstateError {
  return new SnapstateError({
    kind: "task-failed",
    operation: call.operation,
    detail: `OVHcloud's task ${type} ended as ${state}, and the API reports no reason`,
    taskId: id,
    hint: "Check the VPS in the control panel, or contact OVHcloud's support with the task's number",
  });
}
