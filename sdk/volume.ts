import type { CustomResourceOptions, Input, Output } from "@pulumi/pulumi";
import type { DerivedArgs, NamedTarget } from "./args";
import { volumeProvider } from "./providers";
import { SnapstateResource } from "./resource";

/** What a {@link Volume} is made of. */
export interface VolumeArgs extends DerivedArgs {
  /** The VM to attach it to. A change detaches and attaches in place; the data stay. */
  attachTo?: Input<string | NamedTarget>;
}

/**
 * A data volume made from a snapshot, optionally attached to a VM. It remains when the snapshot is deleted.
 *
 * @example
 * ```ts
 * const before = new Snapshot("before", { target: "db/data", name: "before the incident" });
 * new cloudstack.Volume("look", { snapshot: before.platformId, name: "data-before", attachTo: "forensics" });
 * ```
 */
export class Volume extends SnapstateResource {
  /** The platform behind the connection: `cloudstack`. */
  declare readonly platform: Output<string>;
  /** The platform's id. */
  declare readonly platformId: Output<string>;
  /** Name, as the platform has it, without the marker. */
  declare readonly name: Output<string>;
  /** The time of creation, ISO 8601, UTC. */
  declare readonly createdAt: Output<string>;
  /** The platform's name of its state. */
  declare readonly state: Output<string>;
  /** Whether it can be used. */
  declare readonly ready: Output<boolean>;
  /** Size in bytes, if the platform reports it. */
  declare readonly sizeBytes: Output<number | undefined>;
  /** The platform's id of the VM that it is attached to; empty if detached. */
  declare readonly attachedTo: Output<string>;

  constructor(name: string, args: VolumeArgs, options?: CustomResourceOptions) {
    super("Volume", volumeProvider, name, args, options);
  }
}
