import type { CustomResourceOptions } from "@pulumi/pulumi";
import { volumeProvider } from "./providers";
import { resourceWith } from "./resource";
import type { VolumeArgs, VolumeOutputs } from "./types/volume";

export type { VolumeArgs, VolumeOutputs } from "./types/volume";

/**
 * A data volume made from a snapshot, optionally attached to a VM. It remains when the snapshot is deleted.
 *
 * @example
 * ```ts
 * const before = new Snapshot("before", { target: "db/data", name: "before the incident" });
 * new cloudstack.Volume("look", { snapshot: before.platformId, name: "data-before", attachTo: "forensics" });
 * ```
 */
export class Volume extends resourceWith<VolumeOutputs>() {
  constructor(name: string, args: VolumeArgs, options?: CustomResourceOptions) {
    super("Volume", volumeProvider, name, args, options);
  }
}
