import { bytes, type ReportedSnapshot, type ReportedTarget, type ReportFinding } from "../../provider/resources";
import { colours } from "./colours";
import { targetLabel } from "./target-label";
import { count, due, safe, span } from "./text";

/** The displayed facts of a snapshot, besides its name. */
export interface Described {
  age: string;
  size: string;
  expires: string;
  /** `managed`, with the label of its series, or `foreign`, and `held`. */
  owner: string;
  consistency: string;
  findings: string;
}

export function describeSnapshot(snapshot: ReportedSnapshot, now: number): Described {
  const { ageSeconds, sizeBytes, expiresAt: expires, managed, hold, series, consistency, findings } = snapshot;
  return {
    age: ageSeconds === undefined ? "" : span(ageSeconds),
    size: sizeBytes === undefined ? "" : bytes(sizeBytes),
    expires: due(expires, now),
    owner: `${managed ? "managed" : "foreign"}${series === undefined ? "" : ` (${safe(series)})`}${hold ? ", held" : ""}`,
    consistency: consistency === "unknown" ? "" : consistency,
    findings: findings.map(({ code }) => code).join(", "),
  };
}

/** The worst severity among findings; undefined without any. */
export function severityOf(findings: readonly ReportFinding[]): ReportFinding["severity"] | undefined {
  return findings.find(({ severity }) => severity === "critical")?.severity ?? findings[0]?.severity;
}

export function coloured(text: string, findings: readonly ReportFinding[]): string {
  const severity = severityOf(findings);
  if (severity === undefined) return text;
  return severity === "critical" ? colours.red(text) : colours.yellow(text);
}

/** One line about a VM: its path, power, number and total size of snapshots. */
export function describeTarget(target: ReportedTarget): string {
  const { targetId, powerState, snapshots, findings } = target;
  const total = totalSize(snapshots);
  const parts = [
    targetId,
    powerText(powerState),
    count(snapshots.length, "snapshot"),
    total === undefined ? "" : bytes(total),
  ];
  const facts = colours.dim(parts.filter(Boolean).map(safe).join(" · "));
  const found = findings.map(({ message }) => coloured(message, findings)).join(", ");
  return [colours.bold(safe(targetLabel(target))), facts, found].filter(Boolean).join("  ");
}

/** `powered on`, `suspended`; empty where it is unknown. */
export function powerText(powerState: string): string {
  if (powerState === "on" || powerState === "off") return `powered ${powerState}`;
  return powerState === "unknown" ? "" : powerState;
}

/** Total bytes of all snapshots, or undefined if the platform reports none. */
export function totalSize(snapshots: readonly ReportedSnapshot[]): number | undefined {
  const known = snapshots.flatMap(({ sizeBytes }) => sizeBytes ?? []);
  return known.length === 0 ? undefined : known.reduce((sum, size) => sum + size, 0);
}
