import { type Clock, realClock, sleep } from "../../provider/core/operation";

/** Milliseconds of the longest pause. */
const LONGEST = 5;

/**
 * Real time with short pauses, for what waits for a platform behind real sockets: backoffs and polls come as often as the platform answers,
 * and deadlines are those of the machine.
 */
export const quickClock: Clock = {
  now: () => performance.now(),
  sleep: (milliseconds, signal) => sleep(Math.min(milliseconds, LONGEST), signal),
  timeLimit: realClock.timeLimit,
};
