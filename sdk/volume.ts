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
 * A data volume made from a snapshot, attached to a VM where that is asked for. It lives on when the snapshot is deleted.
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
  /** The platform's id of it. */
  declare readonly platformId: Output<string>;
  /** Name, as the platform has it, without the marker. */
  declare readonly name: Output<string>;
  /** When it was made, ISO 8601, UTC. */
  declare readonly createdAt: Output<string>;
  /** The platform's word for its state. */
  declare readonly state: Output<string>;
  /** Whether it can be used. */
  declare readonly ready: Output<boolean>;
  /** Its size in bytes, where the platform tells. */
  declare readonly sizeBytes: Output<number | undefined>;
  /** The platform's id of the VM that it is attached to; empty when it is attached to none. */
  declare readonly attachedTo: Output<string>;

  constructor(name: string, args: VolumeArgs, options?: CustomResourceOptions) {
    super("Volume", volumeProvider, name, args, options);
  }
}
