import { isSnapstateError, SnapstateError } from "../errors";
import { type Clock, realClock } from "./clock";
import { type OperationContext, type Progress, throwIfAborted } from "./operation-context";
import { onAbort } from "./race-abort";

/** Pauses where a platform says nothing about how often it wants to be asked. */
const FIRST_PAUSE = 40;
const LONGEST_PAUSE = 5000;
/** A poll that asks for all tasks at once waits for those that are due this share of their usual time later, and no longer than this. */
const GATHER_MS = 0.1;
const MAX_GATHER_MS = 100;
/** How much later than usual a task is looked at first: a look that comes a moment too early costs another one. */
const MARGIN = 1.03;
/** How many times their usual difference before the usual time tasks are looked at first. */
const SPREADS = 1.25;
/** Pauses of a task that takes longer than usual, as shares of the usual time: near its end at first, then further apart. */
const OVERDUE = 0.05;
const OVERDUE_GROWTH = 1.1;

/**
 * What one look at a task showed: its end, that it goes on, or nothing, when the platform no longer knows it. `took` is the
 * difference of the platform's own times for the task, in milliseconds, where it tells them.
 */
export type Observation<End> = { end: End; succeeded: boolean; took?: number } | { progress: Progress } | undefined;

interface OpenTask<End, Extra> {
  id: string;
  operation: string;
  begun: number;
  due: number;
  /** Milliseconds after its begin at which a look last found it running. */
  ranUntil: number;
  /** Looks since it takes longer than usual. */
  overdueObservations: number;
  call: OperationContext;
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
  call: OperationContext;
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
  /** How far tasks of an operation were from that, on average: the first look comes so much earlier. */
  private readonly spread = new Map<string, number>();

  /**
   * @param look asks the platform for a task's state. When it throws `unreachable` or `throttled` the task is looked at again
   *   later; anything else means that nobody can say how the task ended.
   * @param together whether looks at many tasks travel as one, so that a look at those that are not due costs nothing
   * @param pauses between two looks at one task
   */
  constructor(
    private readonly look: (task: PolledTask<Extra>) => Promise<Observation<End>>,
    private readonly together: boolean,
    private readonly pauses: Pauses = { first: FIRST_PAUSE, longest: LONGEST_PAUSE },
    private readonly clock: Clock = realClock,
  ) {}

  /** @throws SnapstateError `timeout` or `cancelled` with the task's id, `lost-reply` when its end cannot be known. */
  async wait(id: string, operation: string, call: OperationContext, extra: Extra): Promise<End> {
    const outcome = await new Promise<{ end: End } | SnapstateError>((resolve) => {
      const begun = this.clock.now();
      const first = Math.max(this.pauses.first, this.firstObservation(operation));
      let leave = () => {};
      const finish = (end: { end: End } | SnapstateError) => {
        leave();
        this.open.delete(task);
        // Nobody is left to poll for, so that the pause must not keep the process alive.
        if (this.open.size === 0) this.wake.abort();
        resolve(end);
      };
      const times = { begun, due: begun + first, ranUntil: 0, overdueObservations: 0 };
      const task: OpenTask<End, Extra> = { id, operation, ...times, call, extra, finish };
      this.open.add(task);
      // Not only between polls: one under way may take longer than this call has left.
      leave = onAbort(call, finish, id);
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
        const now = this.clock.now();
        const due = new Set([...this.open].filter((task) => task.due <= now + 1).map(({ id }) => id));
        const seen = [...this.open].filter(({ id, due: at }) => this.together || (due.has(id) && Number.isFinite(at)));
        if (this.together) await Promise.all(seen.map((task) => this.observeTask(task)));
        // A slow look at one task must not delay the look at another.
        else for (const task of seen) this.observeAlone(task);
      }
    } finally {
      this.polling = false;
    }
  }

  private async pauseUntilDue(): Promise<void> {
    while (this.open.size > 0) {
      const pause = this.nextPoll() - this.clock.now();
      if (pause <= 1) return;
      this.wake = new AbortController();
      await this.clock.sleep(Math.min(pause, this.pauses.longest), this.wake.signal);
    }
  }

  private nextPoll(): number {
    const dues = [...this.open].map(({ due }) => due);
    const first = [...this.open].reduce((one, other) => (other.due < one.due ? other : one));
    if (!this.together) return first.due;
    const gathered = first.due + Math.min(MAX_GATHER_MS, GATHER_MS * (this.usual.get(first.operation) ?? 0));
    return Math.max(...dues.filter((due) => due <= gathered));
  }

  private observeAlone(task: OpenTask<End, Extra>): void {
    task.due = Number.POSITIVE_INFINITY;
    void this.observeTask(task).finally(() => this.wake.abort());
  }

  private async observeTask(task: OpenTask<End, Extra>): Promise<void> {
    const { id, call, operation, begun, extra } = task;
    const usual = this.usual.get(operation) ?? 0;
    const asked = this.clock.now();
    try {
      const seen = await this.look({ id, operation, call, extra, likely: asked - begun >= usual * 0.9 });
      if (seen === undefined) return task.finish(unknownEnd(call, id));
      const elapsed = this.clock.now() - begun;
      if ("end" in seen) {
        if (seen.succeeded) this.learn(task, elapsed, seen.took);
        return task.finish({ end: seen.end });
      }
      call.report(seen.progress);
      task.ranUntil = asked - begun;
      task.due = asked + this.pauseAfter(task, elapsed, usual) * (0.9 + Math.random() * 0.2);
    } catch (error) {
      if (isSnapstateError(error, "timeout", "cancelled")) return task.finish(overError(call, id));
      // The task goes on without us: only the deadline or the user ends the wait for it.
      if (isSnapstateError(error, "unreachable", "throttled")) {
        call.report({ message: `${error.detail ?? "no answer"}; the task goes on, looking again` });
        task.due = this.clock.now() + this.pauses.longest;
        return;
      }
      task.finish(error instanceof SnapstateError ? lost(error, id) : unknownEnd(call, id, error));
    }
  }

  private firstObservation(operation: string): number {
    return Math.max(0, (this.usual.get(operation) ?? 0) * MARGIN - SPREADS * (this.spread.get(operation) ?? 0));
  }

  private pauseAfter(task: OpenTask<End, Extra>, elapsed: number, usual: number): number {
    const { first, longest } = this.pauses;
    // With nothing to go by the pauses double, so that the first of many tasks costs few polls whatever it takes.
    if (usual === 0) return Math.min(longest, Math.max(first, elapsed));
    // A poll made for another task may have looked too early.
    const expected = this.firstObservation(task.operation);
    if (elapsed < expected) return Math.max(first, expected - elapsed);
    return Math.min(longest, Math.max(first, usual * OVERDUE * OVERDUE_GROWTH ** task.overdueObservations++));
  }

  /**
   * A look comes some time after the end, so its own time says only what the task took at most: to learn that would make the next
   * look later still. What is learned is the platform's own figure, or the middle of the last two looks; where the first look found
   * the end, a little less than before, until one comes too early. Never more than was seen.
   */
  private learn({ operation, ranUntil }: OpenTask<End, Extra>, elapsed: number, took: number | undefined): void {
    const before = this.usual.get(operation);
    const seen = ranUntil > 0 ? (ranUntil + elapsed) / 2 : before === undefined ? elapsed / 2 : elapsed * 0.9;
    const sample = Math.min(elapsed, Math.max(ranUntil, took ?? seen));
    if (before !== undefined) {
      const spread = this.spread.get(operation) ?? 0;
      this.spread.set(operation, spread * 0.8 + Math.abs(sample - before) * 0.2);
    }
    this.usual.set(operation, before === undefined ? sample : before * 0.6 + sample * 0.4);
  }
}

function overError(call: OperationContext, taskId: string): SnapstateError {
  try {
    throwIfAborted(call, taskId);
  } catch (error) {
    return error as SnapstateError;
  }
  return unknownEnd(call, taskId);
}

/** Platforms forget tasks some time after their end, so nobody can say any more how this one ended. */
function unknownEnd(call: OperationContext, taskId: string, cause?: unknown): SnapstateError {
  const detail = "the server no longer knows the task";
  return new SnapstateError({ kind: "lost-reply", operation: call.operation, detail, taskId, cause });
}

function lost({ operation, detail, code, hint, requestId }: SnapstateError, taskId: string): SnapstateError {
  return new SnapstateError({
    kind: "lost-reply",
    operation,
    detail,
    code,
    hint,
    requestId,
    taskId,
  });
}
