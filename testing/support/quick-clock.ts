import { type Clock, realClock, sleep } from "../../provider/core/operation";

/** Longest pause in milliseconds. */
const LONGEST = 5;

/**
 * Real time with short pauses, for code that waits for a platform behind real sockets: backoffs and polls are as
 * frequent as the platform can answer, and deadlines follow the machine's clock.
 */
export const quickClock: Clock = {
  now: () => performance.now(),
  sleep: (milliseconds, signal) => sleep(Math.min(milliseconds, LONGEST), signal),
  timeLimit: realClock.timeLimit,
};
