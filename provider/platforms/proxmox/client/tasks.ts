import { isSnapstateError } from "../../../core/errors";
import {
  type Clock,
  type Observation,
  type OperationContext,
  type PolledTask,
  TaskPoll,
} from "../../../core/operation";
import { type ProxmoxApi, path } from "./api";
import { taskLogReply, taskReply } from "./replies";

/** How a task ended: `OK` and `WARNINGS` are success. */
export type TaskEnd = { succeeded: true } | { succeeded: false; why: string };

/** The longest pause between two polls, as a multiple of the first. */
const SLOWEST = 5;
/** Number of lines read from a task's log. */
const LOG_LINES = "500";

/** The task's process died or its log was lost: its result is unknown. */
const ABNORMAL_END = /^unexpected status|^unable to (get last line|read tail)|^received interrupt/;

/** Waits for tasks by one shared poll. Tasks are never cancelled: that would leave the guest locked. */
export class TaskWaiter extends TaskPoll<TaskEnd> {
  /** @param pause milliseconds between the first two polls of a task */
  constructor(
    private readonly api: Pick<ProxmoxApi, "get">,
    pause: number,
    clock?: Clock,
  ) {
    super((task) => this.observe(task), false, { first: Math.min(pause, 40), longest: pause * SLOWEST }, clock);
  }

  async log(upid: string, call: OperationContext): Promise<string[]> {
    const where = `${taskPath(upid)}/log`;
    return (await this.api.get(where, { limit: LOG_LINES }, taskLogReply, call)).map(({ t }) => t);
  }

  private async observe({ id, call }: PolledTask<void>): Promise<Observation<TaskEnd>> {
    const task = await this.status(id, call);
    if (task === undefined) return undefined;
    const { status, exitstatus = "" } = task;
    if (status !== "stopped") return { progress: { message: `Proxmox VE task ${id} is ${status}` } };
    if (exitstatus === "OK" || exitstatus.startsWith("WARNINGS")) return { end: { succeeded: true }, succeeded: true };
    if (exitstatus === "" || ABNORMAL_END.test(exitstatus)) return undefined;
    return { end: { succeeded: false, why: exitstatus.trim() }, succeeded: false };
  }

  /** Undefined if the node does not have the task. */
  private async status(upid: string, call: OperationContext) {
    try {
      return await this.api.get(`${taskPath(upid)}/status`, {}, taskReply, call);
    } catch (error) {
      if (isSnapstateError(error, "bad-input", "conflict", "not-found")) return undefined;
      throw error;
    }
  }
}

/** The node is in the UPID: the guest may have moved since. */
function taskPath(upid: string): string {
  return path`/nodes/${upid.split(":")[1] ?? ""}/tasks/${upid}`;
}
