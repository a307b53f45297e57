import { setMaxListeners } from "node:events";
import { SnapstateError } from "../errors";
import { Deadline } from "./deadline";
import { type OperationContext, throwIfAborted } from "./operation-context";

/** Milliseconds for work that several callers wait for; each request in it has the shorter limit of the settings. */
const SHARED_LIMIT_MS = 15 * 60_000;
/** The longest time a timer can be set to. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** An abort controller on whose signal any number of calls wait at once: a report waits for a VM each. Node warns from eleven on. */
export function cancelSource(): AbortController {
  const source = new AbortController();
  setMaxListeners(0, source.signal);
  return source;
}

/** A call for work that others will use too: the cancel or the deadline of the caller that began it must not end theirs. */
export function detachedContext(call: OperationContext): OperationContext {
  return { ...call, signal: cancelSource().signal, deadline: new Deadline(SHARED_LIMIT_MS) };
}

/** Tells once when the call is over, by cancel or by its deadline. @returns what ends the watch */
export function onAbort(call: OperationContext, tell: (error: SnapstateError) => void, taskId?: string): () => void {
  let timer: NodeJS.Timeout | undefined;
  const leave = () => {
    clearTimeout(timer);
    call.signal.removeEventListener("abort", observation);
  };
  const observation = () => {
    clearTimeout(timer);
    try {
      throwIfAborted(call, taskId);
      // A timer may come a moment early, and cannot be set to more than the longest time.
      timer = setTimeout(observation, Math.min(LONGEST_TIMER, Math.ceil(call.deadline.left)));
    } catch (error) {
      leave();
      tell(error as SnapstateError);
    }
  };
  call.signal.addEventListener("abort", observation, { once: true });
  observation();
  return leave;
}

/**
 * Waits for shared work as one of its users: no longer than this call may take, and with its own words in the error.
 * @throws SnapstateError `timeout` or `cancelled` when the call is over first.
 */
export async function raceAbort<T>(call: OperationContext, work: Promise<T>): Promise<T> {
  let leave = () => {};
  const over = new Promise<never>((_, reject) => {
    leave = onAbort(call, reject);
  });
  try {
    return await Promise.race([work, over]);
  } catch (error) {
    throw error instanceof SnapstateError && error.operation !== call.operation ? error.during(call.operation) : error;
  } finally {
    leave();
  }
}
