import type { SnapshotText } from "./ownership";

/**
 * What a platform calls a snapshot, and what it calls a whole-VM restore point. On vSphere both are VM snapshots; on
 * CloudStack the first is of a volume and the second of a VM.
 */
export type SnapshotKind = "snapshot" | "recovery-point";

/** How consistent a snapshot is. `unknown` where the platform does not say (OVHcloud VPS). */
export type Consistency = "crash" | "filesystem" | "memory" | "unknown";

export type PowerState = "on" | "off" | "suspended" | "unknown";

/** How a program names a VM (or volume). With `any` the driver interprets the text. */
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

/** One snapshot as the platform has it now. */
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
  /** Power state of the VM at the time of the snapshot, as far as the platform recorded it. */
  powerState: PowerState;
  /** Bytes on disk, where the platform reports them. */
  sizeBytes?: number;
  /**
   * The platform's reason why it cannot be used: the orphan of a failed create or an unfinished removal. It is listed
   * because it exists; nothing may be reverted to it.
   */
  failed?: string;
  /**
   * With `failed`: the platform's own work on it is over and only its removal is left, which `removePoint` brings about. A snapshot of
   * which a part may still be of use is not abandoned.
   * @default false
   */
  abandoned?: boolean;
  /** False where the platform reports that it cannot revert to this one. @default true */
  revertable?: boolean;
  /** What to know about it, in words: disks that it does not cover, images that lie above it. */
  caveats?: string[];
}

/** A property of a target that makes the platform refuse, or damage, a snapshot. */
export interface Blocker {
  /** Stable word for programs: `independent-disk`, `physical-rdm`, `shared-bus`, `pci-passthrough`, `snapshots-disabled`. */
  code: string;
  message: string;
  /** `all`: no snapshot at all; `memory`: none with memory; `disks`: none without. */
  blocks: "all" | "memory" | "disks";
  /** The snapshot that blocks it, where there is one. */
  snapshotId?: string;
  /** Only the platform's answer to a create decides: a warning, not a refusal. @default false */
  uncertain?: boolean;
  /** Another resource of the same program may remove it before the create: a warning at plan time. @default false */
  removable?: boolean;
}

/** A task on a target, started by others or by an earlier run of ours. */
export interface RunningTask {
  id: string;
  /** The platform's name of the operation: `VirtualMachine.createSnapshotEx`. */
  operation: string;
}

/** Everything a lifecycle needs to know about one target, from one read. */
export interface TargetState {
  target: Target;
  powerState: PowerState;
  /** All snapshots, parents before children. */
  snapshots: Snapshot[];
  /** Redundant disks were left behind. Undefined where the platform has no such notion. */
  consolidationNeeded?: boolean;
  /** Disks that write to delta files which no snapshot accounts for, although the platform asks for no consolidation. In words. */
  unexplainedDisks?: string[];
  blockers: Blocker[];
  /** Whether a quiesced snapshot can work now; `reason` says what is missing. Undefined where the API does not tell. */
  quiesceReady?: { ready: boolean; reason?: string };
  /** With `readiness`: what to check by hand because no call of the platform reports it. For `checkTarget`. */
  advice?: string[];
  /**
   * With `readiness`: the target's storage goes back to its newest snapshot only, so that a snapshot taken before a revert would make the
   * platform refuse it. @default false
   */
  newestOnly?: boolean;
  /** Snapshot-related tasks that have not ended. */
  runningTasks: RunningTask[];
  /** Disk resize is refused by the platform while snapshots exist. */
  resizeBlocked: boolean;
  /**
   * Ids of revert tasks that succeeded and that the platform still remembers, by which an interrupted Restore knows
   * that its revert has ended. Omitted where the platform keeps no history.
   */
  endedReverts?: string[];
}

export interface SnapshotRef {
  targetId: string;
  snapshotId: string;
}
