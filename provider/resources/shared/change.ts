import { IN_FLIGHT, isSnapstateError, type SnapstateError } from "../../core/errors";
import { backoff, type OperationContext, pause, throwIfAborted } from "../../core/operation";
import { retryWhileBusy } from "./retry-while-busy";

/** What the platform shows of a change whose reply was lost. */
export type Outcome<T> = { outcome: "done"; value: T } | { outcome: "not-done" } | { outcome: "unknown" };

/** For a change that does no harm twice, such as a removal by id: one look is enough. A platform that loses every reply needs a person. */
export const REPEATABLE = { proofs: 1, sends: 3 } as const;

export const NOT_DONE = { outcome: "not-done" } as const;

export function done<T>(value: T): Outcome<T> {
  return { outcome: "done", value };
}

/** One change of the platform, and how to see whether it was carried out. */
export interface Change<T> {
  /** Sends it. Called again only after proof that the time before was not carried out. */
  send(): Promise<T>;
  /** Looks for what the change would have brought about, after all that is running on the target. */
  observe(): Promise<Outcome<T>>;
  /** What is looked for, in words: "the snapshot". */
  subject: string;
  /**
   * Looks that must agree on `not-done` before it is sent again: a server may still be reading a request whose connection broke. One
   * is enough where sending twice does no harm.
   * @default 2
   */
  proofs?: number;
  /** How often it is sent at most. @default 2 */
  sends?: number;
  /** What to throw when the look itself fails. @default what the look threw */
  unobserved?(failure: unknown, lost: SnapstateError): unknown;
}

/**
 * Carries out a change exactly once: sends it, and while the platform says that it did nothing (`busy`, `throttled`) again. When the
 * reply is lost it looks; it sends the change again only after the platform has shown that it was never carried out.
 *
 * @throws SnapstateError `lost-reply` when nobody can know, or when every send was lost
 */
export async function changeOnce<T>(change: Change<T>, call: OperationContext): Promise<T> {
  const { sends = 2 } = change;
  for (let sent = 1; ; sent++) {
    try {
      return await retryWhileBusy(call, () => change.send());
    } catch (error) {
      if (!isSnapstateError(error, "lost-reply")) throw error;
      call.report({ message: `the reply was lost (${error.detail ?? "no answer"}); looking for ${change.subject}` });
      const seen = await observeLost(change, error, call);
      if (seen.outcome === "done") return seen.value;
      if (seen.outcome === "unknown" || sent === sends) throw error;
    }
  }
}

/** Looks until the change is seen, or as many looks as it takes to prove that it was not carried out. */
async function observeLost<T>(change: Change<T>, lost: SnapstateError, call: OperationContext): Promise<Outcome<T>> {
  const { proofs = 2 } = change;
  let seen: Outcome<T> = { outcome: "unknown" };
  for (let observation = 1; observation <= proofs; observation++) {
    await pause(backoff(observation, { first: 1000 }), call);
    try {
      throwIfAborted(call);
      seen = await change.observe();
    } catch (failure) {
      throw change.unobserved ? change.unobserved(failure, lost) : failure;
    }
    if (seen.outcome === "done") return seen;
  }
  return seen;
}

/** Whether the platform may still be at work, or begin, although nobody waits for it any more. */
export function mayStillBeRunning(error: unknown): boolean {
  if (!isSnapstateError(error, "timeout", "cancelled")) return false;
  return error.taskId !== undefined || error.code === IN_FLIGHT;
}
