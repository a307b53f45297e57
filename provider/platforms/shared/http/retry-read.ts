import { isSnapstateError, isUntrusted, SnapstateError } from "../../../core/errors";
import { backoff, type OperationContext, pause as pauseFor, throwIfAborted } from "../../../core/operation";

/** Tries of a request that changes nothing. */
export const READ_TRIES = 4;

export interface RetryReadRules {
  /** Whether a failure is worth another try. */
  again(error: unknown): boolean;
  /** Milliseconds that the server asked to wait, where it did. @default a backoff with jitter */
  pause?(error: unknown): number | undefined;
  /** What to do when no try was answered. */
  hint: string;
}

/**
 * Makes a call that changes nothing, some times over when it fails.
 * @throws SnapstateError `timeout` or `cancelled` when the call is over: a request that its own deadline ended is no word on
 * the server; `unreachable` when no reply came; else what `ask` throws
 */
export async function retryRead<T>(ask: () => Promise<T>, rules: RetryReadRules, call: OperationContext): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (isUntrusted(error) || !rules.again(error)) throw unanswered(error, rules.hint);
      throwIfAborted(call);
      const pause = rules.pause?.(error) ?? backoff(attempt);
      if (attempt === READ_TRIES || pause >= call.deadline.left) throw unanswered(error, rules.hint);
      await pauseFor(pause, call);
      throwIfAborted(call);
    }
  }
}

/** For a request that changes nothing it does not matter whether it arrived: there is no reply, that is all. */
export function unanswered(error: unknown, hint: string): unknown {
  if (!isSnapstateError(error, "lost-reply")) return error;
  const { operation, detail, code, requestId } = error;
  return new SnapstateError({ kind: "unreachable", operation, detail, code, requestId, hint });
}
