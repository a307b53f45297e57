import { isSnapstateError } from "../../core/errors";
import { backoff, type OperationContext, pause as pauseFor, throwIfAborted } from "../../core/operation";

/**
 * Repeats the work, with pauses, while the platform reports `busy` or `throttled`, until the deadline. Only those two
 * kinds promise that nothing was done, so nothing else is repeated.
 */
export async function retryWhileBusy<T>(call: OperationContext, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    throwIfAborted(call);
    try {
      return await work();
    } catch (error) {
      if (!isSnapstateError(error, "busy", "throttled")) throw error;
      const pause = backoff(attempt);
      // The platform's own message is more helpful than "deadline passed".
      if (pause >= call.deadline.left) throw error;
      call.report({ message: `${error.detail ?? "the platform is busy"}; retrying` });
      await pauseFor(pause, call);
    }
  }
}
