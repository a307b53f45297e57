import type { Clock } from "../../provider/core/operation";

interface Sleeper {
  at: number;
  wake(): void;
}

/**
 * Time that moves on by itself to whoever sleeps shortest, as soon as nothing else is left to do: a wait of six hours takes as long as
 * one turn of the event loop. Only for what does no input or output, whose replies it would overtake.
 */
export class TestClock implements Clock {
  private time = 0;
  private readonly sleepers = new Set<Sleeper>();

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
      const sleeper: Sleeper = { at: this.time + Math.max(0, milliseconds), wake };
      this.sleepers.add(sleeper);
      if (signal?.aborted) return wake();
      signal?.addEventListener("abort", wake, { once: true });
      setImmediate(() => this.advance());
    });
  }

  /** Each sleeper asked for one step, so the last of them wakes too. */
  private advance(): void {
    let next: Sleeper | undefined;
    for (const sleeper of this.sleepers) if (next === undefined || sleeper.at < next.at) next = sleeper;
    if (next === undefined) return;
    this.time = Math.max(this.time, next.at);
    next.wake();
  }
}
