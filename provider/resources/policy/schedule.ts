import { Cron } from "croner";

/** Characters of a pattern; one that names every minute, hour and day by itself is shorter. */
const LONGEST = 400;

/** A reason why a schedule cannot be read, or undefined. */
export function scheduleProblem(pattern: string, timeZone: string): string | undefined {
  try {
    // The library also takes a date, with its colons, for a schedule of one moment.
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

/** The last moment the schedule names at or before a moment; undefined when there was none yet. */
export function lastSlot(pattern: string, timeZone: string, now: number): Date | undefined {
  // croner answers what lies before its reference, and a snapshot is due in the very second of its slot.
  const nextSecond = (Math.floor(now / 1000) + 1) * 1000;
  return open(pattern, timeZone).previousRuns(1, new Date(nextSecond))[0];
}

/** The first moment the schedule names after a moment. */
export function nextSlot(pattern: string, timeZone: string, after: number): Date | undefined {
  return open(pattern, timeZone).nextRun(new Date(after)) ?? undefined;
}

function open(pattern: string, timeZone: string): Cron {
  // Without a function nothing is ever run: this is a calendar, not a clock.
  return new Cron(pattern, { timezone: timeZone, mode: "5-part" });
}
