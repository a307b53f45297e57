import { isSnapstateError, isUntrusted, SnapstateError } from "../errors";
import { backoff, type Call, pause as pauseFor, throwIfOver } from "../waiting";

/** Tries of a request that changes nothing. */
export const READ_TRIES = 4;

export interface ReadAgain {
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
export async function readAgain<T>(ask: () => Promise<T>, rules: ReadAgain, call: Call): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (isUntrusted(error) || !rules.again(error)) throw unanswered(error, rules.hint);
      throwIfOver(call);
      const pause = rules.pause?.(error) ?? backoff(attempt);
      if (attempt === READ_TRIES || pause >= call.deadline.left) throw unanswered(error, rules.hint);
      await pauseFor(pause, call);
      throwIfOver(call);
    }
  }
}

/** For a request that changes nothing it does not matter whether it arrived: there is no reply, that is all. */
export function unanswered(error: unknown, hint: string): unknown {
  if (!isSnapstateError(error, "lost-reply")) return error;
  const { doing, answered, code, requestId } = error;
  return new SnapstateError({ kind: "unreachable", doing, answered, code, requestId, hint });
}
