import type { ReportedSnapshot, SnapshotReport } from "../../provider/resources";
import { pattern } from "../fleet";
import { targetLabel } from "../output/target-label";

/** What a prune may remove besides expired snapshots. */
export interface PruneRule {
  /** Selects by age instead of expiry. */
  olderThanSeconds?: number;
  foreign: boolean;
  held: boolean;
  series: boolean;
}

/** A snapshot with a prune's decision and its reason. */
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

/** The decision for one snapshot, with its reason. */
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
    if (ageSeconds === undefined) return { prune: false, reason: "its age is unknown" };
    if (ageSeconds <= rule.olderThanSeconds) return { prune: false, reason: "not old enough" };
    return { prune: true, reason: `old enough${lifted}` };
  }
  if (expiresAt === undefined) return { prune: false, reason: "never expires" };
  return expired
    ? { prune: true, reason: `expired at ${expiresAt}${lifted}` }
    : { prune: false, reason: `expires at ${expiresAt}` };
}

/** The decisions for all snapshots of a report. Children before parents, to avoid merging disks twice. */
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
