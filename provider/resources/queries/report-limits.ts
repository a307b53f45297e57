import { type Duration, milliseconds, parseDuration } from "../../core/durations";
import type { ReportLimits } from "./results";

export type { ReportLimits } from "./results";

const DAY = 86_400;

export const defaultReportLimits: Readonly<ReportLimits> = {
  warnAgeSeconds: 3 * DAY,
  criticalAgeSeconds: 14 * DAY,
  warnDepth: 3,
  criticalDepth: 31,
  warnSizeBytes: null,
  criticalSizeBytes: null,
  foreign: "none",
};

export function reportLimits(given: Partial<ReportLimits> = {}): ReportLimits {
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...defaultReportLimits, ...Object.fromEntries(set) };
}

/** Whole seconds of a duration; undefined for other text. */
export function secondsOf(duration: Duration): number | undefined {
  return parseDuration(duration) === undefined ? undefined : Math.floor(milliseconds(duration) / 1000);
}
