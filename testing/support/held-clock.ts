import { once } from "node:events";
import type { Clock } from "../../provider/core/operation";

interface Sleeper {
  at: number;
  wake(): void;
}

/**
 * A clock that stands still until a test advances it, for code with real sockets: no timeout fires before the event
 * that it waits for.
 */
export class HeldClock implements Clock {
  private time = 0;
  private readonly sleepers = new Set<Sleeper>();
  private readonly limits = new Set<Sleeper>();
  private readonly events = new EventTarget();

  now(): number {
    return this.time;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.sleepers.delete(sleeper);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      const sleeper = { at: this.time + milliseconds, wake };
      if (signal?.aborted) return resolve();
      this.sleepers.add(sleeper);
      signal?.addEventListener("abort", wake, { once: true });
      this.events.dispatchEvent(new Event("sleep"));
    });
  }

  timeLimit(milliseconds: number, onPassed: () => void): () => void {
    const wake = () => {
      if (this.limits.delete(limit)) onPassed();
    };
    const limit = { at: this.time + milliseconds, wake };
    this.limits.add(limit);
    return () => void this.limits.delete(limit);
  }

  /** Resolves as soon as there is a sleeper. */
  async asleep(): Promise<void> {
    if (this.sleepers.size === 0) await once(this.events, "sleep");
  }

  pass(milliseconds: number): void {
    this.time += milliseconds;
    for (const { at, wake } of [...this.sleepers, ...this.limits]) if (at <= this.time) wake();
  }

  /** Advances to the time of the first sleeper, and wakes only that one. */
  protected wakeNext(): void {
    const [next] = [...this.sleepers].sort((a, b) => a.at - b.at);
    if (next === undefined) return;
    this.time = Math.max(this.time, next.at);
    next.wake();
    for (const { at, wake } of [...this.limits]) if (at <= this.time) wake();
  }
}
