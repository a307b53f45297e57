import type { SnapshotInfo, SnapshotsOfTarget } from "./get-snapshots";
import type { ReportLimits } from "./report-limits";
import type { FindingCode, ReportFinding } from "./results";

export type { FindingCode, ReportFinding } from "./results";

interface Judged extends SnapshotInfo {
  ageSeconds?: number;
  expired: boolean;
}

/** Findings about one snapshot. On hold it is kept on purpose, so its age and expiry are not findings. */
export function snapshotFindings(snapshot: Judged, limits: ReportLimits): ReportFinding[] {
  const findings: ReportFinding[] = [];
  const { ageSeconds, sizeBytes, failed, caveats = [] } = snapshot;
  if (failed !== undefined) findings.push({ code: "unusable", severity: "critical", message: unusable(failed) });
  for (const message of caveats) findings.push({ code: "caveat", severity: "warning", message });
  if (snapshot.expired && !snapshot.hold) {
    findings.push({ code: "expired", severity: "warning", message: `it expired at ${snapshot.expiresAt}` });
  }
  if (!snapshot.hold) {
    const old = (limit: number) => `it is older than ${spell(limit)}`;
    add(findings, "old", ageSeconds, limits.warnAgeSeconds, limits.criticalAgeSeconds, old);
  }
  const large = (limit: number) => `it is larger than ${bytes(limit)}`;
  add(findings, "large", sizeBytes, limits.warnSizeBytes, limits.criticalSizeBytes, large);
  if (!snapshot.managed && limits.foreign !== "none") {
    findings.push({ code: "foreign", severity: limits.foreign, message: "no snapstate resource manages it" });
  }
  return findings;
}

/**
 * Findings about the VM itself.
 *
 * @param chainDepth number of snapshots that the running state descends from
 */
export function targetFindings(
  target: Pick<SnapshotsOfTarget, "consolidationNeeded" | "unexplainedDisks">,
  chainDepth: number,
  limits: ReportLimits,
): ReportFinding[] {
  const findings: ReportFinding[] = [];
  const deep = (limit: number) => `it has a ${chainDepth}-snapshot chain; more than ${limit} slow it down`;
  add(findings, "deep", chainDepth, limits.warnDepth, limits.criticalDepth, deep);
  if (target.consolidationNeeded) {
    findings.push({ code: "consolidation-needed", severity: "warning", message: "it needs a disk consolidation" });
  }
  if (target.unexplainedDisks.length > 0) {
    const message = unexplained(target.unexplainedDisks);
    findings.push({ code: "unexplained-disks", severity: "warning", message });
  }
  return findings;
}

export function unusable(failed: string): string {
  return `it cannot be used: ${failed}`;
}

/** Explains delta files without a snapshot, with the remedy. */
export function unexplained(disks: string[]): string {
  return `delta files without a snapshot are in use: ${disks.join(", ")}. Run a ConsolidationTask; if they remain, take a snapshot and then delete all snapshots of the VM. Do neither on a clone whose base image is in its own folder`;
}

function add(
  findings: ReportFinding[],
  code: FindingCode,
  value: number | undefined,
  warn: number | null,
  critical: number | null,
  message: (limit: number) => string,
): void {
  if (value === undefined) return;
  if (critical !== null && value > critical) findings.push({ code, severity: "critical", message: message(critical) });
  else if (warn !== null && value > warn) findings.push({ code, severity: "warning", message: message(warn) });
}

function spell(seconds: number): string {
  if (seconds % 86_400 === 0) return `${seconds / 86_400} days`;
  return seconds % 3600 === 0 ? `${seconds / 3600} hours` : `${Math.round(seconds / 60)} minutes`;
}

/** Bytes with a binary unit and three digits: `4.12 GiB`. */
export function bytes(count: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : Number(value.toPrecision(3))} ${units[unit]}`;
}
