import { isSnapstateError, SnapstateError } from "../../../errors";
import { type Call, sleep, throwIfOver } from "../../../waiting";
import { localizedFault, type VimFault } from "./fault";
import type { Reader } from "./reader";
import { whenOver } from "./shared";
import { element, text, type XmlValue } from "./xml";

/** First and longest pause between two polls, in milliseconds. */
const FIRST_PAUSE = 30;
const LONGEST_PAUSE = 5000;

const PATHS = ["info.state", "info.progress", "info.result", "info.error", "info.descriptionId"] as const;

/** How a task ended. */
export type TaskEnd = { ok: true; result: XmlValue } | { ok: false; fault: VimFault };

interface OpenTask {
  id: string;
  operation: string;
  begun: number;
  due: number;
  call: Call;
  finish(end: TaskEnd | SnapstateError): void;
}

/**
 * Waits for tasks by one shared poll: a single read covers every open task of the connection. A property collector with
 * one waiter per task costs five calls a task, and two waiters on one collector lose each other's updates.
 */
export class TaskWaiter {
  /** Not by id: two resources may wait for the same task. */
  private readonly open = new Set<OpenTask>();
  private polling = false;
  private wake = new AbortController();
  /** How long tasks of an operation took lately, so that a poll comes when one is likely to have ended. */
  private readonly usual = new Map<string, number>();

  constructor(private readonly reader: Reader) {}

  /** @throws SnapstateError `timeout` or `cancelled` with the task's id, `lost-reply` when the server has forgotten the task. */
  async wait(id: string, operation: string, call: Call): Promise<TaskEnd> {
    const end = await new Promise<TaskEnd | SnapstateError>((resolve) => {
      const begun = performance.now();
      const first = Math.max(FIRST_PAUSE, (this.usual.get(operation) ?? 0) * 1.05);
      let leave = () => {};
      const finish = (outcome: TaskEnd | SnapstateError) => {
        leave();
        this.open.delete(task);
        // Nobody is left to poll for, so that the pause must not keep the process alive.
        if (this.open.size === 0) this.wake.abort();
        resolve(outcome);
      };
      const task: OpenTask = { id, operation, begun, due: begun + first, call, finish };
      this.open.add(task);
      // Not only between polls: one under way may take longer than this call has left.
      leave = whenOver(call, finish, id);
      this.wake.abort();
      void this.poll();
    });
    if (end instanceof SnapstateError) throw end;
    return end;
  }

  private async poll(): Promise<void> {
    if (this.polling) return;
    this.polling = true;
    try {
      while (this.open.size > 0) {
        await this.pauseUntilDue();
        await this.look();
      }
    } finally {
      this.polling = false;
    }
  }

  private async pauseUntilDue(): Promise<void> {
    for (;;) {
      const next = Math.min(...[...this.open].map((task) => task.due));
      const pause = next - performance.now();
      if (pause <= 1 || this.open.size === 0) return;
      this.wake = new AbortController();
      await sleep(pause, this.wake.signal);
    }
  }

  private async look(): Promise<void> {
    await Promise.all([...this.open].map((task) => this.lookAt(task)));
  }

  private async lookAt(task: OpenTask): Promise<void> {
    const { id, call } = task;
    try {
      const { object } = await this.reader.read({ type: "Task", id }, PATHS, call);
      if (object === undefined) return task.finish(forgotten(call, id));
      const {
        "info.state": state,
        "info.progress": progress,
        "info.result": result,
        "info.error": error,
      } = object.properties;
      const now = performance.now();
      if (text(state) === "success") {
        this.learn(task.operation, now - task.begun);
        return task.finish({ ok: true, result });
      }
      if (text(state) === "error") {
        const fault = localizedFault(error) ?? { type: "SystemError", message: "", detail: {} };
        return task.finish({ ok: false, fault });
      }
      const percent = Number(text(progress) ?? Number.NaN);
      call.report({ message: `${task.operation} ${text(state) ?? "running"}`, ...(percent >= 0 ? { percent } : {}) });
      const age = now - task.begun;
      task.due = now + Math.min(LONGEST_PAUSE, Math.max(FIRST_PAUSE, age * 0.4)) * (0.9 + Math.random() * 0.2);
    } catch (error) {
      if (isSnapstateError(error, "timeout", "cancelled")) return task.finish(overError(call, id));
      // The task goes on without us: only the deadline or the user ends the wait for it.
      if (isSnapstateError(error, "unreachable", "throttled")) {
        call.report({ message: `${error.answered ?? "no answer"}; the task goes on, looking again` });
        task.due = performance.now() + LONGEST_PAUSE;
        return;
      }
      task.finish(error instanceof SnapstateError ? lost(error, id) : forgotten(call, id, error));
    }
  }

  private learn(operation: string, took: number): void {
    const before = this.usual.get(operation);
    this.usual.set(operation, before === undefined ? took : before * 0.6 + took * 0.4);
  }
}

function overError(call: Call, taskId: string): SnapstateError {
  try {
    throwIfOver(call, taskId);
  } catch (error) {
    return error as SnapstateError;
  }
  return forgotten(call, taskId);
}

/** vCenter forgets tasks about ten minutes after their end, so nobody can say any more how this one ended. */
function forgotten(call: Call, taskId: string, cause?: unknown): SnapstateError {
  return new SnapstateError({
    kind: "lost-reply",
    doing: call.doing,
    answered: "the server no longer knows the task",
    taskId,
    cause,
  });
}

function lost(error: SnapstateError, taskId: string): SnapstateError {
  return new SnapstateError({
    kind: "lost-reply",
    doing: error.doing,
    answered: error.answered,
    code: error.code,
    hint: error.hint,
    taskId,
  });
}

/** The id in a reference, such as a task's result. */
export function refId(value: XmlValue): string | undefined {
  return text(value) || text(element(value)?.["#text"]) || undefined;
}
