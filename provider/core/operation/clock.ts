import type { OperationContext } from "./operation-context";
import { sleep } from "./sleep";

/** Where the time of waits comes from. Tests pass one of their own, in which nobody has to wait. */
export interface Clock {
  /** Milliseconds of a monotonic clock. */
  now(): number;
  /** Resolves after the time, or as soon as the signal aborts; never rejects. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const realClock: Clock = { now: () => performance.now(), sleep };

/** Waits in the time of the call, and not beyond its deadline or its cancel, which the caller then looks at. */
export function pause(milliseconds: number, { deadline, signal }: OperationContext): Promise<void> {
  return deadline.clock.sleep(Math.min(milliseconds, deadline.left), signal);
}
