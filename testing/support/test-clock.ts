import { HeldClock } from "./held-clock";

/**
 * A clock that advances to the next sleeper as soon as there is no other work: a wait of six hours takes one turn of
 * the event loop. Only for code without input or output, whose replies it would overtake.
 */
export class TestClock extends HeldClock {
  override sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    const slept = super.sleep(Math.max(0, milliseconds), signal);
    // Each sleeper requests one step, so the last of them wakes too.
    if (!signal?.aborted) setImmediate(() => this.wakeNext());
    return slept;
  }
}
