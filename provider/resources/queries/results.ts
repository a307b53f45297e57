/*
 * What the functions of a program answer. Types alone, and nothing imported: they are part of the published declarations.
 */

/** One snapshot of a VM, as `getSnapshots` lists it. */
export interface SnapshotInfo {
  /** The platform's id. */
  id: string;
  name: string;
  /** Without snapstate's marker. */
  description: string;
  /** ISO 8601, UTC. */
  createdAt: string;
  /** Empty on a root. */
  parentId: string;
  isCurrent: boolean;
  /** Snapshots from the root to this one, itself included. */
  depth: number;
  consistency: string;
  powerState: string;
  /** Absent where the platform does not report it. */
  sizeBytes?: number;
  /** The platform's reason why it cannot be used; absent on a usable one. */
  failed?: string;
  /** What to know before a revert to it: disks that it does not cover, images that lie above it. Absent when there is nothing. */
  caveats?: string[];
  /** Carries the marker of a snapstate resource; otherwise it is foreign. */
  managed: boolean;
  /** When it is due for removal, ISO 8601, as its resource has written it down; absent when it never is. */
  expiresAt?: string;
  /** On hold, as noted by its resource. */
  hold: boolean;
  /** Label of the SnapshotPolicy whose series it is of; absent when it is of none. */
  series?: string;
}

export interface SnapshotsOfTarget {
  targetId: string;
  targetName: string;
  /** Empty where the platform has no paths. */
  targetPath: string;
  consolidationNeeded: boolean;
  /** Disks on delta files that no snapshot accounts for, although the platform asks for no consolidation. */
  unexplainedDisks: string[];
  /** Parents before children. */
  snapshots: SnapshotInfo[];
}

export interface ReadinessFinding {
  severity: "refusal" | "warning";
  message: string;
  /** The kind of snapshot it concerns; absent when it concerns all kinds. */
  about?: "memory" | "quiesce";
}

/** Whether a VM is ready for a snapshot, and what blocks it. */
export interface TargetReadiness {
  targetId: string;
  targetName: string;
  powerState: string;
  /** A crash-consistent snapshot can be taken now. */
  ready: boolean;
  /** A snapshot with memory can be taken now. */
  memoryReady: boolean;
  /** A quiesced snapshot can be taken now; absent where the API does not tell. */
  quiesceReady?: boolean;
  chainDepth: number;
  consolidationNeeded: boolean;
  /** The platform refuses to resize the VM's disks while snapshots exist. */
  resizeBlocked: boolean;
  findings: ReadinessFinding[];
  /** What to look at by hand, since the platform's API cannot tell it, or nobody could verify how it does. */
  advice: string[];
}

/** A temporary download location of a snapshot. */
export interface SnapshotDownload {
  /** A secret: anyone who has it can download. */
  url: string;
  /** Absent where the platform does not report it. */
  sizeBytes?: number;
  /** When the URL expires, ISO 8601, UTC; absent where the platform does not report it. */
  expiresAt?: string;
}

export type FindingCode =
  | "expired"
  | "old"
  | "deep"
  | "large"
  | "foreign"
  | "consolidation-needed"
  | "unexplained-disks"
  | "unusable"
  | "caveat";

/** Something in a report that needs attention. */
export interface ReportFinding {
  /** Stable word for programs. */
  code: FindingCode;
  severity: "warning" | "critical";
  message: string;
}

/** Thresholds for a warning or a critical finding. `null` switches one off. */
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
  /** Severity of a foreign snapshot. @default "none" */
  foreign: "none" | "warning" | "critical";
}

/** A snapshot in a report. */
export interface ReportedSnapshot extends SnapshotInfo {
  /** Seconds since it was taken, never negative; absent when the platform reports no time. */
  ageSeconds?: number;
  expired: boolean;
  /** What is wrong with it; empty when nothing is. */
  findings: ReportFinding[];
}

/** A VM in a report. */
export interface ReportedTarget extends Omit<SnapshotsOfTarget, "snapshots"> {
  connection: string;
  powerState: string;
  /** Snapshots that the running state descends from. */
  chainDepth: number;
  snapshots: ReportedSnapshot[];
  /** What is wrong with the VM itself; its snapshots have findings of their own. */
  findings: ReportFinding[];
}

/** A VM, or a whole connection, that could not be read. */
export interface ReportFailure {
  connection: string;
  /** As it was requested; absent when the list of VMs itself could not be read. */
  target?: string;
  /** The kind of the error: `not-found`, `permission`, `unreachable`. */
  kind: string;
  message: string;
}

export interface SnapshotReport {
  /** ISO 8601, UTC. */
  generatedAt: string;
  limits: ReportLimits;
  targets: ReportedTarget[];
  /** A report with failures is not whole: what is in it is true, what is missing is not known. */
  failures: ReportFailure[];
}
