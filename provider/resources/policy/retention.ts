import { bucketOf, lengthOf, type Period, periods } from "./buckets";

/** What to keep of a series. A count of 0 means none. */
export interface Rules {
  keepLast?: number;
  keepHourly?: number;
  keepDaily?: number;
  keepWeekly?: number;
  keepMonthly?: number;
  /** Milliseconds. */
  maxAge?: number;
  /** Regardless of their age. */
  keepMin: number;
  /** IANA name of the time zone for the start of days, weeks and months. */
  timeZone: string;
}

/** A snapshot of a target, in the series or not. */
export interface Candidate {
  id: string;
  /** Milliseconds since 1970; NaN where the platform reports no time. */
  createdAt: number;
  /** Carries the label and the marker of this policy. */
  ours: boolean;
  held: boolean;
}

/** The reason to keep a snapshot of another origin. */
export const FOREIGN = "it is not in this series";

export interface Decision {
  id: string;
  keep: boolean;
  /** Reasons that do not change with the clock. Never empty. */
  reasons: string[];
}

/**
 * What is kept and what is pruned, newest first, whatever the order of the candidates. Like Sanoid, it prunes a
 * snapshot only when it is beyond every count and beyond every age: a series that was suspended for long loses only
 * what is both too many and too old.
 */
export function decide(candidates: readonly Candidate[], rules: Rules, now: number): Decision[] {
  const sorted = [...candidates].sort(newestFirst);
  const series = sorted.filter(({ ours }) => ours);
  const kept = reasonsToKeep(series, rules, now);
  return sorted.map(({ id, ours, held }) => {
    const reasons = ours ? [...(kept.get(id) ?? []), ...(held ? ["it is on hold"] : [])] : [FOREIGN];
    if (reasons.length > 0) return { id, keep: true, reasons };
    return hasRules(rules)
      ? { id, keep: false, reasons: [`beyond ${describeRules(rules)}`] }
      : { id, keep: true, reasons: ["no retention rule is set"] };
  });
}

function reasonsToKeep(series: Candidate[], rules: Rules, now: number): Map<string, string[]> {
  const kept = new Map<string, string[]>();
  const keep = ({ id }: Candidate, reason: string) => kept.set(id, [...(kept.get(id) ?? []), reason]);
  // A snapshot without a time cannot be called old. It sorts last, so that it does not use up a count.
  for (const one of series) if (Number.isNaN(one.createdAt)) keep(one, "the platform does not report its time");
  const dated = series.filter(({ createdAt }) => !Number.isNaN(createdAt));
  for (const one of dated.slice(0, rules.keepLast ?? 0)) keep(one, `keepLast ${rules.keepLast}`);
  for (const period of periods) keepByPeriod(dated, period, rules, now, keep);
  const { maxAge } = rules;
  if (maxAge !== undefined) {
    for (const one of dated.filter(({ createdAt }) => now - createdAt <= maxAge)) keep(one, "younger than maxAge");
  }
  for (const one of series.slice(0, rules.keepMin)) if (!kept.has(one.id)) keep(one, `keepMin ${rules.keepMin}`);
  return kept;
}

/** The newest of each period: as many as the count says, and all that are younger than that many periods. */
function keepByPeriod(
  series: Candidate[],
  period: Period,
  rules: Rules,
  now: number,
  keep: (one: Candidate, reason: string) => void,
): void {
  const count = rules[period] ?? 0;
  if (count === 0) return;
  const seen = new Set<string>();
  for (const one of series) {
    const bucket = bucketOf(period, one.createdAt, rules.timeZone);
    if (seen.has(bucket)) continue;
    seen.add(bucket);
    if (seen.size <= count || now - one.createdAt <= count * lengthOf[period]) keep(one, `${period} ${count}`);
  }
}

/** Whether any retention rule is set; otherwise everything is kept. */
export function hasRules(rules: Rules): boolean {
  return [rules.keepLast, ...periods.map((period) => rules[period]), rules.maxAge].some((rule) => rule !== undefined);
}

function describeRules(rules: Rules): string {
  const counts = ["keepLast" as const, ...periods].filter((name) => rules[name] !== undefined);
  const words = counts.map((name) => `${name} ${rules[name]}`);
  return [...words, ...(rules.maxAge === undefined ? [] : ["older than maxAge"])].join(", ");
}

/** Ids break ties, so that the order of the input does not matter. */
function newestFirst(a: Candidate, b: Candidate): number {
  const [left, right] = [a, b].map(({ createdAt }) => (Number.isNaN(createdAt) ? Number.NEGATIVE_INFINITY : createdAt));
  if (left !== right) return (right as number) > (left as number) ? 1 : -1;
  return a.id < b.id ? 1 : a.id > b.id ? -1 : 0;
}
