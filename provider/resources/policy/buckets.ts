const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The periods for each of which a policy keeps one snapshot. */
export const periods = ["keepHourly", "keepDaily", "keepWeekly", "keepMonthly"] as const;
export type Period = (typeof periods)[number];

/** Nominal length of a period, to turn a count of them into an age; milliseconds. */
export const lengthOf: Record<Period, number> = {
  keepHourly: HOUR,
  keepDaily: DAY,
  keepWeekly: 7 * DAY,
  keepMonthly: 31 * DAY,
};

/** Names the hour, day, ISO week or month of a time, in a time zone. */
export function bucketOf(period: Period, at: number, timeZone: string): string {
  // Hours are numbered, not named: when clocks go back, one name would stand for two hours.
  if (period === "keepHourly") return String(Math.floor(at / HOUR));
  const [year, month, day] = localDate(at, timeZone);
  if (period === "keepMonthly") return `${year}-${month}`;
  if (period === "keepDaily") return `${year}-${month}-${day}`;
  // A week begins on Monday, as in ISO 8601, and is named by that date.
  const date = Date.UTC(year, month - 1, day);
  const sinceMonday = (new Date(date).getUTCDay() + 6) % 7;
  return new Date(date - sinceMonday * DAY).toISOString().slice(0, 10);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function localDate(at: number, timeZone: string): [year: number, month: number, day: number] {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US", { timeZone, year: "numeric", month: "numeric", day: "numeric" });
    formats.set(timeZone, format);
  }
  const parts = format.formatToParts(at);
  const number = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  return [number("year"), number("month"), number("day")];
}
