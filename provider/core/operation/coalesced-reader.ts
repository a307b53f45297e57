import type { OperationContext } from "./operation-context";
import { detachedContext, raceAbort } from "./race-abort";
import { sleep } from "./sleep";

/** Milliseconds for which callers are collected before one read serves them all. */
const WINDOW = 12;

/**
 * One read shared by all callers that ask at about the same time. Each caller gets a read that began after it asked,
 * so no answer is older than its question.
 */
export class CoalescedReader<T> {
  private next: Promise<T> | undefined;
  private running: Promise<unknown> = Promise.resolve();
  private last: { value: T; at: number } | undefined;
  private changes = 0;

  constructor(private readonly read: (call: OperationContext) => Promise<T>) {}

  /** A read that begins after this call. */
  fresh(call: OperationContext): Promise<T> {
    this.next ??= this.begin(call);
    return raceAbort(call, this.next);
  }

  /** A read at most this many milliseconds old, unless something was changed since. @default 5000 */
  recent(call: OperationContext, maxAge = 5000): Promise<T> {
    const { last } = this;
    if (last !== undefined && performance.now() - last.at <= maxAge) return Promise.resolve(last.value);
    return this.fresh(call);
  }

  /** Called before and after a change: earlier reads are no longer recent. */
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
