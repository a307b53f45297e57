import type { ReportedSnapshot, SnapshotReport } from "../../provider/resources";
import { pattern } from "../fleet";
import { targetLabel } from "../output/target-label";

/** What a prune may remove, beyond what has expired. */
export interface PruneRule {
  /** Chooses by age instead of by expiry. */
  olderThanSeconds?: number;
  foreign: boolean;
  held: boolean;
  series: boolean;
}

/** A snapshot with what a prune does with it, and why. */
export interface Candidate {
  connection: string;
  targetId: string;
  vm: string;
  id: string;
  name: string;
  createdAt: string;
  ageSeconds?: number;
  prune: boolean;
  reason: string;
}

/** Whether one snapshot is removed, and why or why not. */
export function decide(
  snapshot: Omit<ReportedSnapshot, "findings">,
  rule: PruneRule,
): { prune: boolean; reason: string } {
  const { managed, hold, series, expiresAt, expired, ageSeconds } = snapshot;
  if (!managed && !rule.foreign) return { prune: false, reason: "foreign" };
  if (hold && !rule.held) return { prune: false, reason: "on hold" };
  if (series !== undefined && !rule.series) return { prune: false, reason: `pruned by series ${series}` };
  const lifted = `${managed ? "" : ", foreign"}${hold ? ", on hold" : ""}`;
  if (rule.olderThanSeconds !== undefined) {
    if (ageSeconds === undefined) return { prune: false, reason: "its age is not known" };
    if (ageSeconds <= rule.olderThanSeconds) return { prune: false, reason: "not old enough" };
    return { prune: true, reason: `old enough${lifted}` };
  }
  if (expiresAt === undefined) return { prune: false, reason: "never expires" };
  return expired
    ? { prune: true, reason: `expired at ${expiresAt}${lifted}` }
    : { prune: false, reason: `expires at ${expiresAt}` };
}

/** Every snapshot of a report with what becomes of it. Children come before their parents, so that little is merged twice. */
export function plan(report: SnapshotReport, rule: PruneRule, excluded: readonly string[] = []): Candidate[] {
  const patterns = excluded.map(pattern);
  return report.targets.flatMap((target) =>
    [...target.snapshots].reverse().map((snapshot): Candidate => {
      const { id, name, createdAt, ageSeconds } = snapshot;
      const decided = patterns.some((one) => one.test(name))
        ? { prune: false, reason: "excluded" }
        : decide(snapshot, rule);
      return {
        connection: target.connection,
        targetId: target.targetId,
        vm: targetLabel(target),
        id,
        name,
        createdAt,
        ...(ageSeconds === undefined ? {} : { ageSeconds }),
        ...decided,
      };
    }),
  );
}
