import { setMaxListeners } from "node:events";
import { SnapstateError } from "../errors";
import { Deadline } from "./deadline";
import { type OperationContext, throwIfAborted } from "./operation-context";

/**
 * Time limit in milliseconds for work that several callers share. Each request in it also has the shorter limit of the
 * settings.
 */
const SHARED_LIMIT_MS = 15 * 60_000;
/** The longest delay that a timer accepts. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * An abort controller whose signal may have any number of listeners: a report waits for one VM each, and Node warns
 * from eleven on.
 */
export function cancelSource(): AbortController {
  const source = new AbortController();
  setMaxListeners(0, source.signal);
  return source;
}

/**
 * A context for shared work: the cancel or deadline of the caller that started it must not end the work of the others.
 */
export function detachedContext(call: OperationContext): OperationContext {
  return { ...call, signal: cancelSource().signal, deadline: new Deadline(SHARED_LIMIT_MS, call.deadline.clock) };
}

/**
 * Calls back once when the call is cancelled or its deadline passes.
 *
 * @returns a function that stops watching
 */
export function onAbort(call: OperationContext, onEnd: (error: SnapstateError) => void, taskId?: string): () => void {
  const { clock } = call.deadline;
  let stopTimer = () => {};
  const leave = () => {
    stopTimer();
    call.signal.removeEventListener("abort", check);
  };
  const check = () => {
    stopTimer();
    try {
      throwIfAborted(call, taskId);
      // A timer may fire a moment early, and has a longest delay.
      stopTimer = clock.timeLimit(Math.min(MAX_TIMER_MS, Math.ceil(call.deadline.left)), check);
    } catch (error) {
      leave();
      onEnd(error as SnapstateError);
    }
  };
  call.signal.addEventListener("abort", check, { once: true });
  check();
  return leave;
}

/**
 * Waits for shared work as one of its users: at most until this call's deadline, and with this call's operation in the
 * error.
 *
 * @throws SnapstateError `timeout` or `cancelled` when the call ends first
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
