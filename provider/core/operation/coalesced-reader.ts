import type { OperationContext } from "./operation-context";
import { detachedContext, raceAbort } from "./race-abort";
import { sleep } from "./sleep";

/** Milliseconds in which readers gather before one read is made for all of them. */
const WINDOW = 12;

/**
 * One read that serves all who ask for it at about the same time. Who asks gets a read that began after it asked, so that
 * what is told is never older than the question.
 */
export class CoalescedReader<T> {
  private next: Promise<T> | undefined;
  private running: Promise<unknown> = Promise.resolve();
  private last: { value: T; at: number } | undefined;
  private changes = 0;

  constructor(private readonly read: (call: OperationContext) => Promise<T>) {}

  /** What the platform says after this moment. */
  fresh(call: OperationContext): Promise<T> {
    this.next ??= this.begin(call);
    return raceAbort(call, this.next);
  }

  /** What was read in the last so many milliseconds, unless something was changed since. @default 5000 */
  recent(call: OperationContext, maxAge = 5000): Promise<T> {
    const { last } = this;
    if (last !== undefined && performance.now() - last.at <= maxAge) return Promise.resolve(last.value);
    return this.fresh(call);
  }

  /** Called before and after a change: what was read by then is no longer recent. */
  changed(): void {
    this.changes++;
    this.last = undefined;
  }

  private async begin(call: OperationContext): Promise<T> {
    await Promise.all([sleep(WINDOW), this.running.catch(() => undefined)]);
    this.next = undefined;
    const before = this.changes;
    const at = performance.now();
    const reading = this.read(detachedContext(call));
    this.running = reading;
    const value = await reading;
    if (this.changes === before) this.last = { value, at };
    return value;
  }
}
