import type { CustomResourceOptions, Input, Output } from "@pulumi/pulumi";
import type { CommonArgs, Duration, NamedTarget } from "./args";
import { snapshotPolicyProvider } from "./providers";
import { SnapstateResource } from "./resource";

/** What a {@link SnapshotPolicy} is made of. */
export interface SnapshotPolicyArgs extends Omit<CommonArgs, "target"> {
  /** The VMs of the group, each named as a Snapshot's `target`. All get a snapshot or none. */
  targets: Input<Input<string | NamedTarget>[]>;
  /**
   * What the series is made of. On vSphere both are VM snapshots. A change replaces.
   * @default "snapshot"
   */
  kind?: Input<"snapshot" | "recovery-point">;
  /**
   * Name of the series, with which the snapshots' names begin. A change begins another series.
   * @default "series"
   */
  label?: Input<string>;
  /** Text for the snapshots that are taken from now on. */
  description?: Input<string>;
  /**
   * What a revert must find. A snapshot that did not obtain it is removed again, and the group fails.
   * @default "crash"
   */
  consistency?: Input<"crash" | "filesystem" | "memory">;
  /**
   * Cron pattern of five parts. At `up`, a snapshot is due when one of its moments has passed since the last one was
   * taken. Nothing runs between two `up`s.
   */
  schedule?: Input<string>;
  /**
   * IANA name of the time zone for `schedule`, and in which days, weeks and months begin.
   * @default "UTC"
   */
  timeZone?: Input<string>;
  /** Any values; when one of them changes, a snapshot is due at once. */
  triggers?: Input<Input<unknown>[]>;
  /** Keep so many of the newest. */
  keepLast?: Input<number>;
  /** Keep the newest of each hour, for so many hours that have one, and for so many hours back. */
  keepHourly?: Input<number>;
  /** As `keepHourly`, for days. */
  keepDaily?: Input<number>;
  /** As `keepHourly`, for weeks, which begin on Monday. */
  keepWeekly?: Input<number>;
  /** As `keepHourly`, for months; as an age a month is 31 days. */
  keepMonthly?: Input<number>;
  /** Keep what is younger. What is older goes only when no count keeps it either. */
  maxAge?: Input<Duration>;
  /**
   * Never leave fewer than this on a VM, however old they are.
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
   * What becomes of the series when the resource goes. Snapshots on hold are left in any case.
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
  /** The VMs with the series on each. */
  declare readonly members: Output<SeriesMember[]>;
  /** When the last group was begun, ISO 8601, UTC; empty before the first. */
  declare readonly takenAt: Output<string>;
  /** Why it was. */
  declare readonly takenBecause: Output<"creation" | "trigger" | "schedule" | "">;
  /** What the last run kept on the VMs of the group, with reasons. */
  declare readonly kept: Output<SeriesVerdict[]>;
  /** What the last run removed, with reasons. */
  declare readonly pruned: Output<SeriesVerdict[]>;
  /** The schedule's next moment after `takenAt`, ISO 8601; empty without a schedule. */
  declare readonly nextDue: Output<string>;
  /** How many groups this resource has taken. */
  declare readonly runs: Output<number>;

  constructor(name: string, args: SnapshotPolicyArgs, options?: CustomResourceOptions) {
    super("SnapshotPolicy", snapshotPolicyProvider, name, args, options);
  }
}
