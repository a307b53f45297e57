import { HeldClock } from "./held-clock";

/**
 * Time that moves on by itself to whoever sleeps shortest, as soon as nothing else is left to do: a wait of six hours takes as long as
 * one turn of the event loop. Only for what does no input or output, whose replies it would overtake.
 */
export class TestClock extends HeldClock {
  override sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    const slept = super.sleep(Math.max(0, milliseconds), signal);
    // Each sleeper asks for one step, so the last of them wakes too.
    if (!signal?.aborted) setImmediate(() => this.wakeNext());
    return slept;
  }
}
