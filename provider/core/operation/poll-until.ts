import { type BackoffOptions, backoff } from "./backoff";
import { pause } from "./clock";
import { type OperationContext, throwIfAborted } from "./operation-context";

/** Constant pauses, in milliseconds. */
export function every(milliseconds: number): BackoffOptions {
  return { first: milliseconds, max: milliseconds, jitter: 0 };
}

/**
 * Polls until `work` returns something, with a pause between polls.
 *
 * @param work the platform's id of what is waited for, for `timeout` and `cancelled`
 */
export async function pollUntil<T>(
  observe: () => Promise<T | undefined>,
  pauses: BackoffOptions,
  call: OperationContext,
  work?: string,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const seen = await observe();
    if (seen !== undefined) return seen;
    await pause(backoff(attempt, pauses), call);
    throwIfAborted(call, work);
  }
}
