import type { CustomResourceOptions, Output } from "@pulumi/pulumi";
import { snapshotPolicyProvider } from "./providers";
import { resourceWith } from "./resource";
import type { SnapshotPolicyArgs, SnapshotPolicyOutputs } from "./types/snapshot-policy";

export type { SnapshotPolicyArgs, SnapshotPolicyOutputs } from "./types/snapshot-policy";

type ItemOf<O> = O extends Output<(infer Item)[]> ? Item : never;

/** One VM of a policy's group. */
export type SeriesMember = ItemOf<SnapshotPolicyOutputs["members"]>;

/** The decision of a policy's run about one snapshot. */
export type SeriesVerdict = ItemOf<SnapshotPolicyOutputs["kept"]>;

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
export class SnapshotPolicy extends resourceWith<SnapshotPolicyOutputs>() {
  constructor(name: string, args: SnapshotPolicyArgs, options?: CustomResourceOptions) {
    super("SnapshotPolicy", snapshotPolicyProvider, name, args, options);
  }
}
