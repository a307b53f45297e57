import { isSnapstateError, SnapstateError } from "../errors";
import { type Call, type Progress, throwIfOver } from "./call";
import { whenOver } from "./shared";
import { sleep } from "./sleep";

/** Pauses where a platform says nothing about how often it wants to be asked. */
const FIRST_PAUSE = 40;
const LONGEST_PAUSE = 5000;
/** A poll waits for tasks that are due this share of their usual time later, so that those that began together end together. */
const GATHER = 0.3;

/** What one look at a task showed: its end, that it goes on, or nothing, when the platform no longer knows it. */
export type Look<End> = { end: End; succeeded: boolean } | { progress: Progress } | undefined;

interface OpenTask<End, Extra> {
  id: string;
  operation: string;
  begun: number;
  due: number;
  call: Call;
  extra: Extra;
  finish(end: { end: End } | SnapstateError): void;
}

/** The shortest and the longest pause between two looks, in milliseconds. */
export interface Pauses {
  /** @default 40 */
  first: number;
  /** @default 5000 */
  longest: number;
}

/** A task as the one who looks at it sees it. */
export interface PolledTask<Extra> {
  id: string;
  operation: string;
  call: Call;
  extra: Extra;
  /** By what such operations usually take, this look is likely to see the end. */
  likely: boolean;
}

/**
 * Waits for tasks of a platform by one shared poll for all who wait. It learns how long an operation takes and comes when
 * those that began together are likely to have ended.
 */
export class TaskPoll<End, Extra = undefined> {
  /** Not by id: two resources may wait for the same task. */
  private readonly open = new Set<OpenTask<End, Extra>>();
  private polling = false;
  private wake = new AbortController();
  /** How long tasks of an operation took lately, so that a poll comes when one is likely to have ended. */
  private readonly usual = new Map<string, number>();

  /**
   * @param look asks the platform for a task's state. When it throws `unreachable` or `throttled` the task is looked at again
   *   later; anything else means that nobody can say how the task ended.
   * @param together whether looks at many tasks travel as one, so that a look at those that are not due costs nothing
   * @param pauses between two looks at one task
   */
  constructor(
    private readonly look: (task: PolledTask<Extra>) => Promise<Look<End>>,
    private readonly together: boolean,
    private readonly pauses: Pauses = { first: FIRST_PAUSE, longest: LONGEST_PAUSE },
  ) {}

  /** @throws SnapstateError `timeout` or `cancelled` with the task's id, `lost-reply` when its end cannot be known. */
  async wait(id: string, operation: string, call: Call, extra: Extra): Promise<End> {
    const outcome = await new Promise<{ end: End } | SnapstateError>((resolve) => {
      const begun = performance.now();
      const first = Math.max(this.pauses.first, (this.usual.get(operation) ?? 0) * 1.05);
      let leave = () => {};
      const finish = (end: { end: End } | SnapstateError) => {
        leave();
        this.open.delete(task);
        // Nobody is left to poll for, so that the pause must not keep the process alive.
        if (this.open.size === 0) this.wake.abort();
        resolve(end);
      };
      const task: OpenTask<End, Extra> = { id, operation, begun, due: begun + first, call, extra, finish };
      this.open.add(task);
      // Not only between polls: one under way may take longer than this call has left.
      leave = whenOver(call, finish, id);
      this.wake.abort();
      void this.poll();
    });
    if (outcome instanceof SnapstateError) throw outcome;
    return outcome.end;
  }

  private async poll(): Promise<void> {
    if (this.polling) return;
    this.polling = true;
    try {
      while (this.open.size > 0) {
        await this.pauseUntilDue();
        const now = performance.now();
        const due = new Set([...this.open].filter((task) => task.due <= now + 1).map(({ id }) => id));
        const seen = [...this.open].filter(({ id }) => this.together || due.has(id));
        await Promise.all(seen.map((task) => this.lookAt(task)));
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

  private async lookAt(task: OpenTask<End, Extra>): Promise<void> {
    const { id, call, operation, begun, extra } = task;
    const usual = this.usual.get(operation) ?? 0;
    try {
      const seen = await this.look({ id, operation, call, extra, likely: performance.now() - begun >= usual * 0.9 });
      if (seen === undefined) return task.finish(unknownEnd(call, id));
      const now = performance.now();
      if ("end" in seen) {
        if (seen.succeeded) this.learn(operation, now - begun);
        return task.finish({ end: seen.end });
      }
      call.report(seen.progress);
      // With nothing to go by the pauses double, so that the first of many tasks costs few polls whatever it takes.
      const share = usual === 0 ? 1 : 0.25;
      const pause = Math.min(this.pauses.longest, Math.max(this.pauses.first, (now - begun) * share));
      task.due = now + pause * (0.9 + Math.random() * 0.2);
    } catch (error) {
      if (isSnapstateError(error, "timeout", "cancelled")) return task.finish(overError(call, id));
      // The task goes on without us: only the deadline or the user ends the wait for it.
      if (isSnapstateError(error, "unreachable", "throttled")) {
        call.report({ message: `${error.answered ?? "no answer"}; the task goes on, looking again` });
        task.due = performance.now() + this.pauses.longest;
        return;
      }
      task.finish(error instanceof SnapstateError ? lost(error, id) : unknownEnd(call, id, error));
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
  return unknownEnd(call, taskId);
}

/** Platforms forget tasks some time after their end, so nobody can say any more how this one ended. */
function unknownEnd(call: Call, taskId: string, cause?: unknown): SnapstateError {
  const answered = "the server no longer knows the task";
  return new SnapstateError({ kind: "lost-reply", doing: call.doing, answered, taskId, cause });
}

function lost({ doing, answered, code, hint }: SnapstateError, taskId: string): SnapstateError {
  return new SnapstateError({ kind: "lost-reply", doing, answered, code, hint, taskId });
}
