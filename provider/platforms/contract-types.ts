import type { SnapshotText } from "./ownership";

/**
 * What a platform calls a snapshot, and what it calls a whole-VM restore point. On vSphere both are VM snapshots; on
 * CloudStack the first is of a volume and the second of a VM.
 */
export type SnapshotKind = "snapshot" | "recovery-point";

/** Consistency of a snapshot. `unknown` where the platform does not report it (OVHcloud VPS). */
export type Consistency = "crash" | "filesystem" | "memory" | "unknown";

export type PowerState = "on" | "off" | "suspended" | "unknown";

/** How a program selects a VM or volume. With `any` the driver interprets the text. */
export interface TargetSelector {
  by: "any" | "path" | "instance-uuid" | "bios-uuid" | "id" | "name";
  value: string;
}

/** A VM or volume, by the platform's own id. Everything after the first lookup uses `id`, never the name. */
export interface Target {
  id: string;
  name: string;
  /** The full inventory path, where the platform has one. */
  path?: string;
}

/** The present state of a snapshot on the platform. */
export interface Snapshot extends SnapshotText {
  /** The platform's id. The only identity: names are not unique on any platform. */
  id: string;
  name: string;
  /** ISO 8601, UTC. Empty where the platform does not report it. */
  createdAt: string;
  /** Absent on a root. */
  parentId?: string;
  /** True for the snapshot the running state descends from directly ("you are here"). False on all without `tree`. */
  isCurrent: boolean;
  /** Length of the path from the root to this snapshot; a root has 1, and so has every snapshot without `tree`. */
  depth: number;
  consistency: Consistency;
  /** Power state of the VM at the time of the snapshot, if the platform recorded it. */
  powerState: PowerState;
  /** Bytes on disk, where the platform reports them. */
  sizeBytes?: number;
  /**
   * Why it cannot be used, from the platform: a failed create or an unfinished removal. It exists, so it is listed; it
   * cannot be reverted to.
   */
  failed?: string;
  /**
   * With `failed`: no operation of the platform works on it, so `removeSnapshot` can remove it. False if part of it may
   * still be usable.
   * @default false
   */
  abandoned?: boolean;
  /** False where the platform reports that it cannot revert to this one. @default true */
  revertable?: boolean;
  /** Limitations, as text: disks that it does not cover, images above it. */
  caveats?: string[];
}

/** A property of a target that makes the platform refuse or damage a snapshot. */
export interface Blocker {
  /**
   * Stable code for programs: `independent-disk`, `physical-rdm`, `shared-bus`, `pci-passthrough`,
   * `snapshots-disabled`.
   */
  code: string;
  message: string;
  /** `all`: no snapshot at all; `memory`: none with memory; `disks`: none without. */
  blocks: "all" | "memory" | "disks";
  /** The snapshot that causes it, if any. */
  snapshotId?: string;
  /** Only a create can show whether the platform refuses: a warning, not a refusal. @default false */
  uncertain?: boolean;
  /** Another resource of the same program may remove it before the create: a warning at plan time. @default false */
  removable?: boolean;
}

/** A task on a target, started by another client or an earlier run. */
export interface RunningTask {
  id: string;
  /** The platform's name of the operation: `VirtualMachine.createSnapshotEx`. */
  operation: string;
}

/** Everything that a lifecycle needs about one target, from one read. */
export interface TargetState {
  target: Target;
  powerState: PowerState;
  /** All snapshots, parents before children. */
  snapshots: Snapshot[];
  /** Whether redundant disks remain. Undefined on platforms without consolidation. */
  consolidationNeeded?: boolean;
  /**
   * Disks that write to delta files of no snapshot although the platform reports no need for consolidation. As text.
   */
  unexplainedDisks?: string[];
  blockers: Blocker[];
  /**
   * Whether a quiesced snapshot can work now; `reason` names what is missing. Undefined if the API does not report it.
   */
  quiesceReady?: { ready: boolean; reason?: string };
  /** With `readiness`: manual checks for what the API does not report. For `checkTarget`. */
  advice?: string[];
  /**
   * With `readiness`: the target's storage reverts to the newest snapshot only, so a safety snapshot would make a
   * revert impossible. @default false
   */
  newestOnly?: boolean;
  /** Snapshot-related tasks that have not ended. */
  runningTasks: RunningTask[];
  /** Disk resize is refused by the platform while snapshots exist. Only with `advisory` where it takes a request. */
  resizeBlocked: boolean;
  /**
   * Ids of successful revert tasks in the platform's history. They show an interrupted Restore that its revert has
   * ended. Omitted where the platform keeps no history.
   */
  endedReverts?: string[];
}

export interface SnapshotRef {
  targetId: string;
  snapshotId: string;
}
