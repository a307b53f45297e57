import { type Duration, milliseconds, parseDuration } from "../../schema/durations";

/** From where on something is worth a warning, or is critical. `null` switches a limit off. */
export interface ReportLimits {
  /** Seconds. @default 72 hours (Broadcom KB 318825) */
  warnAgeSeconds: number | null;
  /** Seconds. @default 14 days */
  criticalAgeSeconds: number | null;
  /** Snapshots in a chain. @default more than 3 (Broadcom KB 318825) */
  warnDepth: number | null;
  /** Snapshots in a chain. @default more than 31, where the next one is refused or the last */
  criticalDepth: number | null;
  /** Bytes of one snapshot. @default off */
  warnSizeBytes: number | null;
  /** Bytes of one snapshot. @default off */
  criticalSizeBytes: number | null;
  /** What a foreign snapshot is. @default "none" */
  foreign: "none" | "warning" | "critical";
}

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

/** Whole seconds of a duration as a person writes it, or undefined when it is none. */
export function secondsOf(duration: Duration): number | undefined {
  return parseDuration(duration) === undefined ? undefined : Math.floor(milliseconds(duration) / 1000);
}
