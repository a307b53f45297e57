import type { CustomResourceOptions, Input, Output } from "@pulumi/pulumi";
import type { CommonArgs, Duration, NamedTarget } from "./args";
import { snapshotPolicyProvider } from "./providers";
import { SnapstateResource } from "./resource";

/** What a {@link SnapshotPolicy} is made of. */
export interface SnapshotPolicyArgs extends Omit<CommonArgs, "target"> {
  /** The VMs of the group, each named as a Snapshot's `target`. All get a snapshot or none. */
  targets: Input<Input<string | NamedTarget>[]>;
  /**
   * The kind of snapshots. On vSphere both are VM snapshots. A change replaces.
   * @default "snapshot"
   */
  kind?: Input<"snapshot" | "recovery-point">;
  /**
   * Name of the series, with which the snapshots' names begin. A change begins another series.
   * @default "series"
   */
  label?: Input<string>;
  /** Description of new snapshots. */
  description?: Input<string>;
  /**
   * What a revert must find. A snapshot that did not obtain it is removed again, and the group fails.
   * @default "crash"
   */
  consistency?: Input<"crash" | "filesystem" | "memory">;
  /**
   * Cron pattern of five parts. At `up`, a snapshot is due if a scheduled time has passed since the last one. Nothing
   * runs between two `up`s.
   */
  schedule?: Input<string>;
  /**
   * IANA name of the time zone for `schedule` and for the start of days, weeks and months.
   * @default "UTC"
   */
  timeZone?: Input<string>;
  /** Any values; when one changes, a snapshot is due immediately. */
  triggers?: Input<Input<unknown>[]>;
  /** Number of newest snapshots to keep. */
  keepLast?: Input<number>;
  /**
   * Number of hours: keep the newest of each hour, for that many hours with a snapshot and for that many hours back.
   */
  keepHourly?: Input<number>;
  /** As `keepHourly`, for days. */
  keepDaily?: Input<number>;
  /** Like `keepHourly`, for weeks, which start on Monday. */
  keepWeekly?: Input<number>;
  /** Like `keepHourly`, for months; as an age a month has 31 days. */
  keepMonthly?: Input<number>;
  /** Keep younger snapshots. Older ones are pruned only if no count keeps them. */
  maxAge?: Input<Duration>;
  /**
   * Minimum number of snapshots to keep on a VM, regardless of age.
   * @default 1
   */
  keepMin?: Input<number>;
  /**
   * While true, nothing of the series is pruned or deleted. Snapshots are still taken.
   * @default false
   */
  hold?: Input<boolean>;
  /**
   * Where the platform has no room for one more: remove the oldest of the series before the new one is taken.
   * @default false
   */
  pruneFirst?: Input<boolean>;
  /**
   * Whether the series is deleted with the resource. Snapshots on hold are always kept.
   * @default "delete"
   */
  onDestroy?: Input<"delete" | "retain">;
}

/** One VM of a policy's group. */
export interface SeriesMember {
  targetId: string;
  targetName: string;
  /** Newest first. */
  snapshots: { id: string; name: string; createdAt: string; held: boolean }[];
}

/** What a run of a policy decided about one snapshot. */
export interface SeriesVerdict {
  targetId: string;
  id: string;
  name: string;
  createdAt: string;
  reasons: string[];
}

/**
 * A labelled series of snapshots on a group of VMs, with retention. It takes one of each VM when due, all or none, and
 * then prunes what it made itself and the rules no longer keep.
 *
 * @example
 * ```ts
 * new SnapshotPolicy("nightly", {
 *   targets: ["/DC0/vm/web-1", "/DC0/vm/db-1"],
 *   label: "nightly",
 *   schedule: "0 3 * * *",
 *   keepDaily: 7,
 *   keepWeekly: 4,
 * });
 * ```
 */
export class SnapshotPolicy extends SnapstateResource {
  /** The platform behind the connection: `vsphere`. */
  declare readonly platform: Output<string>;
  /** The word by which the series is known on the platform. */
  declare readonly series: Output<string>;
  /** The VMs with their series. */
  declare readonly members: Output<SeriesMember[]>;
  /** The start of the last group, ISO 8601, UTC; empty before the first. */
  declare readonly takenAt: Output<string>;
  /** Why it was. */
  declare readonly takenBecause: Output<"creation" | "trigger" | "schedule" | "">;
  /** Snapshots that the last run kept, with reasons. */
  declare readonly kept: Output<SeriesVerdict[]>;
  /** Snapshots that the last run removed, with reasons. */
  declare readonly pruned: Output<SeriesVerdict[]>;
  /** The next scheduled time after `takenAt`, ISO 8601; empty without a schedule. */
  declare readonly nextDue: Output<string>;
  /** Number of groups taken by this resource. */
  declare readonly runs: Output<number>;

  constructor(name: string, args: SnapshotPolicyArgs, options?: CustomResourceOptions) {
    super("SnapshotPolicy", snapshotPolicyProvider, name, args, options);
  }
}
