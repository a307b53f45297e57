import type { Output } from "@pulumi/pulumi";

/** What Snapshot and RecoveryPoint both tell. */
export interface SnapshotOutputs {
  /** The name on the platform, given or made. */
  readonly name: Output<string>;
  /** The description on the platform, without snapstate's marker. */
  readonly description: Output<string>;
  /** The platform behind the connection: `vsphere`. */
  readonly platform: Output<string>;
  /** The platform's id of the VM. */
  readonly targetId: Output<string>;
  /** The VM's name when last read. */
  readonly targetName: Output<string>;
  /** The VM's inventory path when last read; empty where the platform has none. */
  readonly targetPath: Output<string>;
  /** The platform's id of the snapshot. */
  readonly platformId: Output<string>;
  /** When it was taken, ISO 8601, UTC. */
  readonly createdAt: Output<string>;
  /** What the platform really did. */
  readonly obtainedConsistency: Output<"crash" | "filesystem" | "memory" | "unknown">;
  /** Power state of the VM in the snapshot. */
  readonly powerState: Output<"on" | "off" | "suspended" | "unknown">;
  /** The platform's id of the parent snapshot; empty on a root. */
  readonly parentId: Output<string>;
  /** Whether the VM's running state descends directly from it ("you are here"). */
  readonly isCurrent: Output<boolean>;
  /** Snapshots from the root to this one, itself included. */
  readonly depth: Output<number>;
  /** Bytes on disk, where the platform tells. */
  readonly sizeBytes: Output<number | undefined>;
  /** Whether the VM has redundant disks that no snapshot uses. */
  readonly consolidationNeeded: Output<boolean>;
  /** Whether it carries this resource's marker. */
  readonly managed: Output<boolean>;
  /** When it is due for removal, from `expiresAt` or `ttl`, ISO 8601. */
  readonly expiresAt: Output<string | undefined>;
  /** When a revert used it up, on platforms that delete a snapshot when they revert to it. Absent while it exists. */
  readonly consumedAt: Output<string | undefined>;
  /** Downgrades, age, chain depth, expiry: what a careful reader should know. */
  readonly warnings: Output<string[]>;
}
