import { Cron } from "croner";

/** Longest pattern in characters; one that lists every minute, hour and day explicitly is shorter. */
const LONGEST = 400;

/** Why a schedule cannot be used, or undefined. */
export function scheduleProblem(pattern: string, timeZone: string): string | undefined {
  try {
    // The library also accepts a date, which has colons, as a schedule of one moment.
    if (pattern.length <= LONGEST && !pattern.includes(":"))
      return open(pattern, timeZone).nextRun() === null ? "never comes" : undefined;
  } catch {
    // The library's words quote the pattern, however long it is.
  }
  return "is not a cron pattern of five parts: minute, hour, day, month, weekday; write one like 0 3 * * 1-5";
}

export function timeZoneProblem(timeZone: string): string | undefined {
  try {
    new Intl.DateTimeFormat("en-US", { timeZone });
    return undefined;
  } catch {
    return "is not a time zone; write one like Europe/Berlin or UTC";
  }
}

/** The last scheduled time at or before `now`; undefined when there was none yet. */
export function lastSlot(pattern: string, timeZone: string, now: number): Date | undefined {
  // croner returns times before its reference, and a snapshot is due from the second of its slot on.
  const nextSecond = (Math.floor(now / 1000) + 1) * 1000;
  return open(pattern, timeZone).previousRuns(1, new Date(nextSecond))[0];
}

/** The first scheduled time after `after`. */
export function nextSlot(pattern: string, timeZone: string, after: number): Date | undefined {
  return open(pattern, timeZone).nextRun(new Date(after)) ?? undefined;
}

function open(pattern: string, timeZone: string): Cron {
  // Without a callback nothing is ever run: this is a calendar, not a timer.
  return new Cron(pattern, { timezone: timeZone, mode: "5-part" });
}
