import { bytes, type SnapshotReport } from "../provider/resources";
import { type ExitCode, exitCode, mostSevere } from "./exit-codes";
import { totalSize } from "./output/describe";
import { count, span } from "./output/text";

/** A report's severity and numbers. */
export interface Judgement {
  status: "ok" | "warning" | "critical" | "unknown";
  code: ExitCode;
  vms: number;
  vmsWithSnapshots: number;
  snapshots: number;
  managed: number;
  foreign: number;
  held: number;
  expired: number;
  unusable: number;
  old: number;
  /** Counts VMs, not snapshots. */
  deep: number;
  large: number;
  consolidationNeeded: number;
  failures: number;
  oldestSeconds?: number;
  sizeBytes?: number;
}

export function judge(report: SnapshotReport): Judgement {
  const snapshots = report.targets.flatMap((target) => target.snapshots);
  const findings = [...snapshots, ...report.targets].flatMap((one) => one.findings);
  const having = (code: string, all: readonly { findings: { code: string }[] }[] = snapshots) =>
    all.filter((one) => one.findings.some((found) => found.code === code)).length;
  const codes: ExitCode[] = findings.map(({ severity }) => exitCode[severity]);
  if (report.failures.length > 0) codes.push(exitCode.unknown);
  const code = mostSevere(codes);
  const ages = snapshots.flatMap(({ ageSeconds }) => ageSeconds ?? []);
  const size = totalSize(snapshots);
  return {
    status: (["ok", "warning", "critical", "unknown"] as const)[code],
    code,
    vms: report.targets.length,
    vmsWithSnapshots: report.targets.filter((target) => target.snapshots.length > 0).length,
    snapshots: snapshots.length,
    managed: snapshots.filter(({ managed }) => managed).length,
    foreign: snapshots.filter(({ managed }) => !managed).length,
    held: snapshots.filter(({ hold }) => hold).length,
    expired: having("expired"),
    unusable: having("unusable"),
    old: having("old"),
    deep: having("deep", report.targets),
    large: having("large"),
    consolidationNeeded: report.targets.filter((target) => target.consolidationNeeded).length,
    failures: report.failures.length,
    ...(ages.length === 0 ? {} : { oldestSeconds: ages.reduce((oldest, age) => Math.max(oldest, age), 0) }),
    ...(size === undefined ? {} : { sizeBytes: size }),
  };
}

/** The line for a monitoring system: `WARNING: 12 snapshots on 5 of 40 VMs, 2 expired, oldest 9d 3h`. */
export function summary(found: Judgement): string {
  const { oldestSeconds, sizeBytes } = found;
  const parts = [
    found.snapshots === 0
      ? `no snapshots on ${count(found.vms, "VM")}`
      : `${count(found.snapshots, "snapshot")} on ${found.vmsWithSnapshots} of ${count(found.vms, "VM")}`,
    sizeBytes === undefined ? "" : bytes(sizeBytes),
    oldestSeconds === undefined ? "" : `oldest ${span(oldestSeconds)}`,
    ...(["unusable", "expired", "old", "large", "foreign", "held"] as const).map((key) =>
      found[key] > 0 ? `${found[key]} ${key}` : "",
    ),
    found.deep > 0 ? count(found.deep, "deep chain") : "",
    found.consolidationNeeded > 0 ? `${count(found.consolidationNeeded, "VM")} to consolidate` : "",
    found.failures > 0 ? `${found.failures} not read` : "",
  ];
  return `${found.status.toUpperCase()}: ${parts.filter(Boolean).join(", ")}`;
}

/** Numbers in the form of Nagios performance data, for the end of the line. */
export function performanceData(found: Judgement): string {
  const { oldestSeconds = 0, sizeBytes } = found;
  const numbers: Record<string, string | number> = {
    snapshots: found.snapshots,
    expired: found.expired,
    unusable: found.unusable,
    old: found.old,
    foreign: found.foreign,
    consolidation: found.consolidationNeeded,
    unread: found.failures,
    oldest: `${oldestSeconds}s`,
    ...(sizeBytes === undefined ? {} : { size: `${sizeBytes}B` }),
  };
  return Object.entries(numbers)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
}
