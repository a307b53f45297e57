/*
 * Results of a program's functions. Types only, without imports: they are part of the published declarations.
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
  /** Why it cannot be used, from the platform; absent on a usable one. */
  failed?: string;
  /** Limitations of a revert to it: disks that it does not cover, images above it. Absent if there are none. */
  caveats?: string[];
  /** Carries the marker of a snapstate resource; otherwise it is foreign. */
  managed: boolean;
  /** When it expires, ISO 8601, as noted by its resource; absent if it never does. */
  expiresAt?: string;
  /** On hold, as noted by its resource. */
  hold: boolean;
  /** Label of its SnapshotPolicy; absent if it belongs to none. */
  series?: string;
}

export interface SnapshotsOfTarget {
  targetId: string;
  targetName: string;
  /** Empty where the platform has no paths. */
  targetPath: string;
  consolidationNeeded: boolean;
  /** Disks on delta files of no snapshot, although the platform reports no need for consolidation. */
  unexplainedDisks: string[];
  /** Parents before children. */
  snapshots: SnapshotInfo[];
}

export interface ReadinessFinding {
  severity: "refusal" | "warning";
  message: string;
  /** The kind of snapshot it concerns; absent if it concerns all kinds. */
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
  /** A quiesced snapshot can be taken now; absent if the API does not report it. */
  quiesceReady?: boolean;
  chainDepth: number;
  consolidationNeeded: boolean;
  /** The platform refuses to resize the VM's disks while snapshots exist. */
  resizeBlocked: boolean;
  findings: ReadinessFinding[];
  /** Manual checks for what the platform's API does not report, or what is not verified. */
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
  /** Stable code for programs. */
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
  /** Snapshots in a chain. @default more than 31, the limit */
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
  /** Findings about it. */
  findings: ReportFinding[];
}

/** A VM in a report. */
export interface ReportedTarget extends Omit<SnapshotsOfTarget, "snapshots"> {
  connection: string;
  powerState: string;
  /** Snapshots that the running state descends from. */
  chainDepth: number;
  snapshots: ReportedSnapshot[];
  /** Findings about the VM itself, without those of its snapshots. */
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
  /** True if nothing failed; otherwise the report is incomplete. */
  failures: ReportFailure[];
}
