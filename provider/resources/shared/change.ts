import { IN_FLIGHT, isSnapstateError, type SnapstateError } from "../../core/errors";
import { backoff, type OperationContext, pause, throwIfAborted } from "../../core/operation";
import { retryWhileBusy } from "./retry-while-busy";

/** What the platform shows of a change whose reply was lost. */
export type Outcome<T> = { outcome: "done"; value: T } | { outcome: "not-done" } | { outcome: "unknown" };

/**
 * For a change that is harmless when repeated, such as a removal by id: one observation is enough. If every reply is
 * lost, the user must check.
 */
export const REPEATABLE = { proofs: 1, sends: 3 } as const;

export const NOT_DONE = { outcome: "not-done" } as const;

export function done<T>(value: T): Outcome<T> {
  return { outcome: "done", value };
}

/** One change of the platform, and how to observe whether it was carried out. */
export interface Change<T> {
  /** Sends it. Called again only after proof that the previous send was not carried out. */
  send(): Promise<T>;
  /** Observes the result of the change, once no task runs on the target. */
  observe(): Promise<Outcome<T>>;
  /** What is observed, as text: "the snapshot". */
  subject: string;
  /**
   * Observations that must agree on `not-done` before it is sent again: a server may still be reading a request whose
   * connection broke. One is enough where repeating is harmless.
   *
   * @default 2
   */
  proofs?: number;
  /** Maximum number of sends. @default 2 */
  sends?: number;
  /** The error to throw when the observation itself fails. @default the observation's error */
  unobserved?(failure: unknown, lost: SnapstateError): unknown;
}

/**
 * Carries out a change exactly once: sends it, and repeats that while the platform reports that it did nothing
 * (`busy`, `throttled`). When the reply is lost it observes; it sends again only after the platform has shown that the
 * change was never carried out.
 *
 * @throws SnapstateError `lost-reply` when the outcome cannot be determined, or when the reply to every send was lost
 */
export async function changeOnce<T>(change: Change<T>, call: OperationContext): Promise<T> {
  const { sends = 2 } = change;
  for (let sent = 1; ; sent++) {
    try {
      return await retryWhileBusy(call, () => change.send());
    } catch (error) {
      if (!isSnapstateError(error, "lost-reply")) throw error;
      call.report({ message: `the reply was lost (${error.detail ?? "no answer"}); checking ${change.subject}` });
      const seen = await observeLost(change, error, call);
      if (seen.outcome === "done") return seen.value;
      if (seen.outcome === "unknown" || sent === sends) throw error;
    }
  }
}

/** Observes until the change is seen, or often enough to prove that it was not carried out. */
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

/** Whether the platform may still be working, or may start, although no caller waits for it any more. */
export function mayStillBeRunning(error: unknown): boolean {
  if (!isSnapstateError(error, "timeout", "cancelled")) return false;
  return error.taskId !== undefined || error.code === IN_FLIGHT;
}
