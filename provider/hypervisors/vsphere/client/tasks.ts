import { isSnapstateError, SnapstateError } from "../../../errors";
import { type Call, sleep, throwIfOver, whenOver } from "../../../waiting";
import { localizedFault, type VimFault } from "./fault";
import type { Reader } from "./reader";
import { element, text, type XmlValue } from "./xml";

/** First and longest pause between two polls, in milliseconds. */
const FIRST_PAUSE = 40;
const LONGEST_PAUSE = 5000;
/** A poll waits for tasks that are due this share of their usual time later, so that those that began together end together. */
const GATHER = 0.3;

const PATHS = ["info.state", "info.progress", "info.result", "info.error", "info.descriptionId"] as const;

/** How a task ended. */
export type TaskEnd<Beside = never> =
  | { ok: true; result: XmlValue; beside: Beside | undefined }
  | { ok: false; fault: VimFault };

interface OpenTask {
  id: string;
  operation: string;
  begun: number;
  due: number;
  call: Call;
  beside: (() => Promise<unknown>) | undefined;
  finish(end: TaskEnd<unknown> | SnapstateError): void;
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

  /**
   * @param beside another read, which travels in the poll that is likely to see the end, after the task
   * @throws SnapstateError `timeout` or `cancelled` with the task's id, `lost-reply` when the server has forgotten the task.
   */
  async wait<Beside = never>(
    id: string,
    operation: string,
    call: Call,
    beside?: () => Promise<Beside>,
  ): Promise<TaskEnd<Beside>> {
    const end = await new Promise<TaskEnd<unknown> | SnapstateError>((resolve) => {
      const begun = performance.now();
      const first = Math.max(FIRST_PAUSE, (this.usual.get(operation) ?? 0) * 1.05);
      let leave = () => {};
      const finish = (outcome: TaskEnd<unknown> | SnapstateError) => {
        leave();
        this.open.delete(task);
        // Nobody is left to poll for, so that the pause must not keep the process alive.
        if (this.open.size === 0) this.wake.abort();
        resolve(outcome);
      };
      const task: OpenTask = { id, operation, begun, due: begun + first, call, beside, finish };
      this.open.add(task);
      // Not only between polls: one under way may take longer than this call has left.
      leave = whenOver(call, finish, id);
      this.wake.abort();
      void this.poll();
    });
    if (end instanceof SnapstateError) throw end;
    return end as TaskEnd<Beside>;
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
    while (this.open.size > 0) {
      const pause = this.nextPoll() - performance.now();
      if (pause <= 1) return;
      this.wake = new AbortController();
      await sleep(pause, this.wake.signal);
    }
  }

  private nextPoll(): number {
    const dues = [...this.open].map(({ due }) => due);
    const first = [...this.open].reduce((one, other) => (other.due < one.due ? other : one));
    const gathered = first.due + GATHER * (this.usual.get(first.operation) ?? 0);
    return Math.max(...dues.filter((due) => due <= gathered));
  }

  private async look(): Promise<void> {
    await Promise.all([...this.open].map((task) => this.lookAt(task)));
  }

  private async lookAt(task: OpenTask): Promise<void> {
    const { id, call } = task;
    try {
      const read = this.reader.read({ type: "Task", id }, PATHS, call);
      const usual = this.usual.get(task.operation) ?? 0;
      const likely = performance.now() - task.begun >= usual * 0.9;
      // A failure of it is no failure of the task: who needs it asks again.
      const reading = likely ? task.beside?.().catch(() => undefined) : undefined;
      const { object } = await read;
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
        return task.finish({ ok: true, result, beside: await reading });
      }
      if (text(state) === "error") {
        const fault = localizedFault(error) ?? { type: "SystemError", message: "", detail: {} };
        return task.finish({ ok: false, fault });
      }
      const percent = Number(text(progress) ?? Number.NaN);
      call.report({ message: `${task.operation} ${text(state) ?? "running"}`, ...(percent >= 0 ? { percent } : {}) });
      const age = now - task.begun;
      // With nothing to go by the pauses double, so that the first of many tasks costs few polls whatever it takes.
      const share = usual === 0 ? 1 : 0.25;
      task.due = now + Math.min(LONGEST_PAUSE, Math.max(FIRST_PAUSE, age * share)) * (0.9 + Math.random() * 0.2);
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
