import type { CustomResourceOptions } from "@pulumi/pulumi";
import { snapshotOptionProvider } from "./providers";
import { resourceWith } from "./resource";
import type { SnapshotOptionArgs, SnapshotOptionOutputs } from "./types/snapshot-option";

export type { SnapshotOptionArgs, SnapshotOptionOutputs } from "./types/snapshot-option";

/**
 * The paid option that OVHcloud requires for snapshots of a VPS: required, or bought with an explicit maximum price.
 * Deleting the resource keeps the subscription by default.
 */
export class SnapshotOption extends resourceWith<SnapshotOptionOutputs>() {
  constructor(name: string, args: SnapshotOptionArgs, options?: CustomResourceOptions) {
    super("SnapshotOption", snapshotOptionProvider, name, args, options);
  }
}
