import { isSnapstateError, isUntrusted, SnapstateError } from "../../../core/errors";
import { backoff, type OperationContext, pause as pauseFor, throwIfAborted } from "../../../core/operation";

/** Attempts of a read. */
export const READ_TRIES = 4;

export interface RetryReadRules {
  /** Whether to retry after this failure. */
  again(error: unknown): boolean;
  /** Milliseconds that the server requested to wait. @default a backoff with jitter */
  pause?(error: unknown): number | undefined;
  /** Remedy if no attempt was answered. */
  hint: string;
}

/**
 * Makes a read and retries it when it fails.
 * @throws SnapstateError `timeout` or `cancelled` when the call ends: a request that the call's deadline ended says
 * nothing about the server; `unreachable` if no reply came; otherwise what `ask` throws
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

/** For a read it does not matter whether the request arrived. */
export function unanswered(error: unknown, hint: string): unknown {
  if (!isSnapstateError(error, "lost-reply")) return error;
  const { operation, detail, code, requestId } = error;
  return new SnapstateError({ kind: "unreachable", operation, detail, code, requestId, hint });
}
