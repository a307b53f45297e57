import { isSnapstateError, SnapstateError } from "../errors";
import { type Clock, realClock } from "./clock";
import { type OperationContext, type Progress, throwIfAborted } from "./operation-context";
import { onAbort } from "./race-abort";
import { wake } from "./sleep";

/** Pauses for a platform that does not document a polling interval. */
const FIRST_PAUSE = 40;
const LONGEST_PAUSE = 5000;
/**
 * A poll for all tasks at once also waits for those due within this share of their usual duration, and no longer than
 * this.
 */
const GATHER_MS = 0.1;
const MAX_GATHER_MS = 100;
/** A poll waits at least this long, in milliseconds, for the tasks of changes that are still being sent. */
const MIN_GATHER_MS = 25;
/** First poll of a task, as a factor of its usual duration: polling a moment too early costs another poll. */
const MARGIN = 1.01;
/** The first poll comes earlier by this many times the usual deviation. */
const SPREADS = 1.25;
/** Pauses for a task that takes longer than usual, as shares of the usual duration: short at first, then growing. */
const OVERDUE = 0.05;
const OVERDUE_GROWTH = 1.25;
/** Pause of a task of unknown duration, as a multiple of the time since its start. */
const UNKNOWN_GROWTH = 2;
/** The same for a poll of all tasks at once, which may come more often: of tasks that are quick, and of others. */
const UNKNOWN_GROWTH_BATCHED = { quick: 1, slow: 0.75 };
/** Milliseconds after which a task is not quick. */
const QUICK_MS = 100;

/**
 * The result of one poll of a task: its end, its progress, or undefined when the platform no longer has it. `took` is
 * the duration in milliseconds by the platform's own times, where it reports them.
 */
export type Observation<End> = { end: End; succeeded: boolean; took?: number } | { progress: Progress } | undefined;

interface OpenTask<End, Extra> {
  id: string;
  operation: string;
  startedAt: number;
  due: number;
  /** Milliseconds after the start at which a poll last saw it running. */
  ranUntil: number;
  /** Polls made since it exceeded its usual duration. */
  overdueObservations: number;
  call: OperationContext;
  extra: Extra;
  finish(end: { end: End } | SnapstateError): void;
}

/** The shortest and the longest pause between two polls, in milliseconds. */
export interface Pauses {
  /** @default 40 */
  first: number;
  /** @default 5000 */
  longest: number;
}

/** A task as the poll function sees it. */
export interface PolledTask<Extra> {
  id: string;
  operation: string;
  call: OperationContext;
  extra: Extra;
  /** By the usual duration of such operations, this poll is likely to see the end. */
  likely: boolean;
}

/**
 * One shared poll for all callers that wait for a platform's tasks. It learns how long an operation takes and polls
 * when the tasks that began together are likely to have ended.
 */
export class TaskPoll<End, Extra = void> {
  /** Not keyed by id: two resources may wait for the same task. */
  private readonly open = new Set<OpenTask<End, Extra>>();
  private polling = false;
  private sleeping: { until: number; wake: AbortController } | undefined;
  /** Changes that are being sent: each is about to add a task. */
  private starting = 0;
  /** Usual duration of an operation's recent tasks, which sets the time of the first poll. */
  private readonly usual = new Map<string, number>();
  /** Average deviation from the usual duration: the first poll comes earlier by this much. */
  private readonly spread = new Map<string, number>();

  /**
   * @param read reads a task's state. After `unreachable` or `throttled` the task is polled again later; any other
   * error means that its result cannot be determined.
   * @param batched whether polls of many tasks share one request, so that polling tasks that are not due is free
   * @param pauses between two polls of one task
   */
  constructor(
    private readonly read: (task: PolledTask<Extra>) => Promise<Observation<End>>,
    private readonly batched: boolean,
    private readonly pauses: Pauses = { first: FIRST_PAUSE, longest: LONGEST_PAUSE },
    private readonly clock: Clock = realClock,
  ) {}

  /**
   * Sends a change that starts a task. Batched polls wait a moment for its task: without that, tasks that
   * end faster than they are started cost a poll each.
   */
  async start<T>(send: () => Promise<T>): Promise<T> {
    this.starting++;
    try {
      return await send();
    } finally {
      this.starting--;
      // After the caller had the time to wait for its task.
      setImmediate(() => this.reschedule());
    }
  }

  /**
   * @param operation as text; tasks with the same text are expected to take about equally long
   * @throws SnapstateError `timeout` or `cancelled` with the task's id, `lost-reply` when its result cannot be
   * determined
   */
  async wait(id: string, operation: string, call: OperationContext, extra: Extra): Promise<End> {
    const outcome = await new Promise<{ end: End } | SnapstateError>((resolve) => {
      const startedAt = this.clock.now();
      const first = Math.max(this.pauses.first, this.firstObservation(operation));
      let leave = () => {};
      const finish = (end: { end: End } | SnapstateError) => {
        leave();
        this.open.delete(task);
        this.reschedule();
        resolve(end);
      };
      const times = { startedAt, due: startedAt + first, ranUntil: 0, overdueObservations: 0 };
      const task: OpenTask<End, Extra> = { id, operation, ...times, call, extra, finish };
      this.open.add(task);
      // Watch the whole time, not only between polls: a poll may take longer than this call has left.
      leave = onAbort(call, finish, id);
      this.reschedule();
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
        const seen = [...this.open].filter(({ id, due: at }) => this.batched || (due.has(id) && Number.isFinite(at)));
        if (this.batched) await Promise.all(seen.map((task) => this.observeTask(task)));
        // A slow poll of one task must not delay that of another.
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
      const sleeping = { until: this.clock.now() + Math.min(pause, this.pauses.longest), wake: new AbortController() };
      this.sleeping = sleeping;
      await this.clock.sleep(sleeping.until - this.clock.now(), sleeping.wake.signal);
      this.sleeping = undefined;
    }
  }

  /** Ends the pause when the next poll is earlier now. Without callers it must not keep the process alive. */
  private reschedule(): void {
    const { sleeping } = this;
    if (sleeping && (this.open.size === 0 || this.nextPoll() < sleeping.until)) wake(sleeping.wake);
  }

  private nextPoll(): number {
    const dues = [...this.open].map(({ due }) => due);
    const first = [...this.open].reduce((one, other) => (other.due < one.due ? other : one));
    if (!this.batched) return first.due;
    const share = Math.min(MAX_GATHER_MS, GATHER_MS * this.usualOf(first.operation));
    if (this.starting > 0) return first.due + Math.max(MIN_GATHER_MS, share);
    return Math.max(...dues.filter((due) => due <= first.due + share));
  }

  private observeAlone(task: OpenTask<End, Extra>): void {
    task.due = Number.POSITIVE_INFINITY;
    void this.observeTask(task).finally(() => this.reschedule());
  }

  private async observeTask(task: OpenTask<End, Extra>): Promise<void> {
    const { id, call, operation, startedAt, extra } = task;
    const polledAt = this.clock.now();
    try {
      const likely = polledAt - startedAt >= this.usualOf(operation) * 0.9;
      const seen = await this.read({ id, operation, call, extra, likely });
      if (seen === undefined) return task.finish(unknownEnd(call, id));
      const elapsed = this.clock.now() - startedAt;
      if ("end" in seen) {
        if (seen.succeeded) this.learn(task, elapsed, seen.took);
        return task.finish({ end: seen.end });
      }
      call.report(seen.progress);
      task.ranUntil = polledAt - startedAt;
      task.due = polledAt + this.pauseAfter(task, elapsed) * (0.9 + Math.random() * 0.2);
    } catch (error) {
      if (isSnapstateError(error, "timeout", "cancelled")) return task.finish(overError(call, id));
      // The task keeps running; only the deadline or the user ends the wait.
      if (isSnapstateError(error, "unreachable", "throttled")) {
        call.report({ message: `${error.detail ?? "no answer"}; the task is still running, polling again` });
        task.due = this.clock.now() + this.pauses.longest;
        return;
      }
      task.finish(error instanceof SnapstateError ? lost(error, id) : unknownEnd(call, id, error));
    }
  }

  private usualOf(operation: string): number {
    return this.usual.get(operation) ?? 0;
  }

  private firstObservation(operation: string): number {
    return Math.max(0, this.usualOf(operation) * MARGIN - SPREADS * (this.spread.get(operation) ?? 0));
  }

  private pauseAfter(task: OpenTask<End, Extra>, elapsed: number): number {
    const { first, longest } = this.pauses;
    const usual = this.usualOf(task.operation);
    // Without experience the pauses grow, so that even a long first task costs few polls.
    if (usual === 0) return Math.min(longest, Math.max(first, this.unknownPause(task.operation, elapsed)));
    // A poll for another task may have been too early for this one.
    const expected = this.firstObservation(task.operation);
    if (elapsed < expected) return Math.max(first, expected - elapsed);
    return Math.min(longest, Math.max(first, usual * OVERDUE * OVERDUE_GROWTH ** task.overdueObservations++));
  }

  private unknownPause(operation: string, elapsed: number): number {
    const most = elapsed * UNKNOWN_GROWTH;
    if (!this.batched) return most;
    const { quick, slow } = UNKNOWN_GROWTH_BATCHED;
    const least = elapsed * (elapsed < QUICK_MS ? quick : slow);
    // Another that began earlier still runs: this one is likely to take as long.
    const alike = [...this.open].filter((task) => task.operation === operation);
    const shown = Math.max(...alike.map(({ ranUntil }) => ranUntil)) - elapsed;
    return Math.max(least, Math.min(shown, most));
  }

  /**
   * A poll comes some time after the end, so the elapsed time is only an upper bound; learning it would make the next
   * poll later still. Learn the platform's own duration, or the middle of the last two polls. Where the first poll
   * found the end, learn slightly less each time, until one comes too early. Never learn more than was observed.
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
    // The others were waiting without experience.
    if (before !== undefined) return;
    for (const task of this.open) {
      // A poll in flight sets the next one itself.
      if (task.operation !== operation || !Number.isFinite(task.due)) continue;
      const expected = Math.max(task.ranUntil + this.pauses.first, this.firstObservation(operation));
      task.due = Math.min(task.due, task.startedAt + expected);
    }
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

/** Platforms drop tasks some time after their end; then the result is unknown. */
function unknownEnd(call: OperationContext, taskId: string, cause?: unknown): SnapstateError {
  const detail = "the server no longer has the task";
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
