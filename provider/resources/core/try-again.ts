import { isSnapstateError } from "../../errors";
import { backoff, type Call, pause as pauseFor, throwIfOver } from "../../waiting";

/**
 * Does the work, and again after a pause while the platform says that it did nothing because it was `busy` or
 * `throttled`, until the deadline. Only those two kinds promise that nothing was done, so nothing else is repeated.
 */
export async function tryAgainWhileBusy<T>(call: Call, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    throwIfOver(call);
    try {
      return await work();
    } catch (error) {
      if (!isSnapstateError(error, "busy", "throttled")) throw error;
      const pause = backoff(attempt);
      // The platform's own words say more than "deadline passed".
      if (pause >= call.deadline.left) throw error;
      call.report({ message: `${error.answered ?? "the platform is busy"}; trying again` });
      await pauseFor(pause, call);
    }
  }
}
