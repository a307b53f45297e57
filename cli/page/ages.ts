import type { ReportedSnapshot, SnapshotReport } from "../../provider/resources";

/** A band of ages as a segment of a bar. */
export interface AgeBand {
  text: string;
  flag: string;
  count: number;
  /** Per mille from the left. */
  x: number;
  width: number;
}

const DAY = 86_400;
const BANDS = [
  { flag: "age0", text: "up to 1 day", to: DAY },
  { flag: "age1", text: "1 to 3 days", to: 3 * DAY },
  { flag: "age2", text: "3 to 14 days", to: 14 * DAY },
  { flag: "age3", text: "14 to 60 days", to: 60 * DAY },
  { flag: "age4", text: "over 60 days", to: Number.POSITIVE_INFINITY },
] as const;

/** The flag of a snapshot's band; empty if its age is unknown. */
export function bandOf({ ageSeconds }: ReportedSnapshot): string {
  return ageSeconds === undefined ? "" : (BANDS.find(({ to }) => ageSeconds <= to)?.flag ?? "");
}

export function bandsOf(report: SnapshotReport): AgeBand[] {
  const flags = report.targets.flatMap((target) => target.snapshots.map(bandOf)).filter(Boolean);
  let x = 0;
  return BANDS.map(({ flag, text }) => {
    const number = flags.filter((one) => one === flag).length;
    const width = flags.length === 0 ? 0 : (number / flags.length) * 1000;
    const band = { flag, text, count: number, x: Math.round(x * 10) / 10, width: Math.round(width * 10) / 10 };
    x += width;
    return band;
  });
}
