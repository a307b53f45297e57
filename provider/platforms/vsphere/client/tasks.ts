import {
  type Clock,
  type Observation,
  type OperationContext,
  type Pauses,
  type PolledTask,
  TaskPoll,
} from "../../../core/operation";
import { localizedFault, type VimFault } from "./fault";
import type { Reader } from "./reader";
import { element, text, type XmlValue } from "./xml";

const PATHS = [
  ...["info.state", "info.progress", "info.result", "info.error", "info.descriptionId"],
  ...["info.queueTime", "info.completeTime"],
];

/** A snapshot without memory on an idle host takes a few milliseconds, and one poll serves all tasks. */
const PAUSES: Pauses = { first: 8, longest: 5000 };

/** How a task ended. */
export type TaskEnd<FollowUp = never> =
  | { ok: true; result: XmlValue; followUp: FollowUp | undefined }
  | { ok: false; fault: VimFault };

type FollowUp = (() => Promise<unknown>) | undefined;

/**
 * Waits for tasks by one shared poll: one read covers every open task of the connection. A property collector per task
 * costs five calls per task, and two waiters on one collector lose each other's updates.
 */
export class TaskWaiter {
  private readonly tasks: TaskPoll<TaskEnd<unknown>, FollowUp>;

  constructor(
    private readonly reader: Pick<Reader, "read">,
    clock?: Clock,
  ) {
    this.tasks = new TaskPoll<TaskEnd<unknown>, FollowUp>((task) => this.observe(task), true, PAUSES, clock);
  }

  /** Sends the request of a task, for which the shared poll then waits a moment. */
  start<T>(send: () => Promise<T>): Promise<T> {
    return this.tasks.start(send);
  }

  /**
   * @param followUp another read, sent after the task in the poll that is likely to find it ended
   * @throws SnapstateError `timeout` or `cancelled` with the task's id, `lost-reply` when the server no longer has the
   * task.
   */
  async wait<Read = never>(
    id: string,
    operation: string,
    call: OperationContext,
    followUp?: () => Promise<Read>,
  ): Promise<TaskEnd<Read>> {
    return (await this.tasks.wait(id, operation, call, followUp)) as TaskEnd<Read>;
  }

  /** vCenter drops tasks about ten minutes after their end. */
  private async observe({
    id,
    operation,
    call,
    extra: followUp,
    likely,
  }: PolledTask<FollowUp>): Promise<Observation<TaskEnd<unknown>>> {
    // Polls are already gathered by the time at which tasks are likely to have ended.
    const read = this.reader.read({ type: "Task", id }, PATHS, call, 0);
    // Its failure is not a failure of the task: the caller reads again if needed.
    const reading = likely ? followUp?.().catch(() => undefined) : undefined;
    const { object } = await read;
    if (object === undefined) return undefined;
    const { "info.result": result, "info.error": error, "info.progress": progress } = object.properties;
    const state = text(object.properties["info.state"]);
    if (state === "success") {
      const took = between(object.properties["info.queueTime"], object.properties["info.completeTime"]);
      return { end: { ok: true, result, followUp: await reading }, succeeded: true, ...took };
    }
    if (state === "error") {
      const fault = localizedFault(error) ?? { type: "SystemError", message: "", detail: {} };
      return { end: { ok: false, fault }, succeeded: false };
    }
    const percent = Number(text(progress) ?? Number.NaN);
    const message = `${operation} ${state ?? "running"}`;
    return { progress: { message, ...(percent >= 0 ? { percent } : {}) } };
  }
}

/** The clocks may differ, so only differences of the server's own times are meaningful. */
function between(start: XmlValue, end: XmlValue): { took?: number } {
  const took = Date.parse(text(end) ?? "") - Date.parse(text(start) ?? "");
  return took >= 0 ? { took } : {};
}

/** The id in a reference, such as a task's result. */
export function refId(value: XmlValue): string | undefined {
  return text(value) || text(element(value)?.["#text"]) || undefined;
}
