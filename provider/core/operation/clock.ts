import type { OperationContext } from "./operation-context";
import { sleep, timeLimit } from "./sleep";

/** The source of time for every wait. Tests pass a virtual clock, so that nothing really waits. */
export interface Clock {
  /** Milliseconds of a monotonic clock. */
  now(): number;
  /** Resolves after the time, or as soon as the signal aborts; never rejects. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /**
   * Calls back after the time, which limits other work. Virtual clocks do not advance to it on their own.
   *
   * @returns a function that cancels it
   */
  timeLimit(milliseconds: number, onPassed: () => void): () => void;
}

export const realClock: Clock = { now: () => performance.now(), sleep, timeLimit };

/** Sleeps on the call's clock, at most until its deadline or cancel, which the caller then checks. */
export function pause(milliseconds: number, { deadline, signal }: OperationContext): Promise<void> {
  return deadline.clock.sleep(Math.min(milliseconds, deadline.left), signal);
}
