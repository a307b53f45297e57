import { isSnapstateError, SnapstateError } from "../../../errors";
import { backoff, type Call, pause as pauseFor, throwIfOver } from "../../../waiting";
import { type OvhApi, path } from "./api";
import { taskReply, type VpsTask } from "./replies";

/** `forgotten`: the API no longer has the task, which says nothing about how it ended. */
export type TaskEnd = "done" | "forgotten";

const FAILED = ["blocked", "cancelled", "error"];

/** The longest pause between two looks, as a multiple of the first: 5 to 15 seconds. */
const SLOWEST = 3;

/**
 * Waits for the end of a task, looking ever less often.
 *
 * @throws SnapstateError `task-failed`; `timeout` or `cancelled` with the task's id
 */
export async function waitForTask(
  api: OvhApi,
  serviceName: string,
  started: VpsTask,
  pause: number,
  call: Call,
): Promise<TaskEnd> {
  const { id } = started;
  for (let task = started, look = 1; ; look++) {
    if (task.state === "done") return "done";
    if (FAILED.includes(task.state)) throw failed(task, call);
    call.report({
      message: `OVHcloud's task ${id} (${task.type}) is ${task.state}`,
      ...(task.progress == null ? {} : { percent: task.progress }),
    });
    const next = backoff(look, { first: pause, max: pause * SLOWEST, factor: 1.3, jitter: 0.1 });
    await pauseFor(next, call);
    throwIfOver(call, id);
    try {
      task = await api.get(path`/vps/${serviceName}/tasks/${id}`, taskReply, call);
    } catch (error) {
      if (isSnapstateError(error, "not-found")) return "forgotten";
      if (isSnapstateError(error, "cancelled", "timeout")) throwIfOver(call, id);
      // The task goes on without us: only the deadline or the user ends the wait for it.
      if (!isSnapstateError(error, "unreachable", "throttled", "cancelled", "timeout")) throw withTask(error, id);
      call.report({ message: `${error.answered ?? "no answer"}; the task goes on, looking again` });
    }
  }
}

/** The API says no more of a failure than the state. */
function failed({ id, type, state }: VpsTask, call: Call): SnapstateError {
  return new SnapstateError({
    kind: "task-failed",
    doing: call.doing,
    answered: `OVHcloud's task ${type} ended as ${state}, and the API does not say why`,
    taskId: id,
    hint: "Look at the VPS in the control panel, or give the task's number to OVHcloud's support",
  });
}

function withTask(error: unknown, taskId: string): unknown {
  if (!isSnapstateError(error)) return error;
  const { kind, doing, answered, code, hint, requestId } = error;
  const unknown = kind === "protocol" || kind === "auth" || kind === "permission";
  return new SnapstateError({ kind: unknown ? "lost-reply" : kind, doing, answered, code, hint, requestId, taskId });
}
