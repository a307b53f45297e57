import type { CustomResourceOptions, Input, Output } from "@pulumi/pulumi";
import type { SnapshotCommonArgs } from "./args";
import { snapshotProvider } from "./providers";
import { SnapstateResource } from "./resource";
import type { SnapshotOutputs } from "./snapshot-outputs";

/** What a {@link Snapshot} is made of. */
export interface SnapshotArgs extends SnapshotCommonArgs {
  /**
   * Include the VM's memory, so that a revert needs no reboot. Slower, and as large as the memory. A change replaces.
   * @default false
   */
  memory?: Input<boolean>;
  /**
   * Make the guest's file systems quiet first: `require` fails when that was not obtained, `prefer` records the downgrade
   * in `warnings`. Excludes `memory`. A change replaces.
   * @default "off"
   */
  quiesce?: Input<"require" | "prefer" | "off">;
}

/**
 * What the platform itself calls a snapshot: on vSphere, a VM snapshot.
 *
 * @example
 * ```ts
 * const before = new Snapshot("before-deploy", {
 *   target: "/DC0/vm/web-1",
 *   description: "before release 42",
 *   triggers: [release],
 *   ttl: "72h",
 * });
 * ```
 */
export class Snapshot extends SnapstateResource implements SnapshotOutputs {
  declare readonly name: Output<string>;
  declare readonly description: Output<string>;
  declare readonly platform: Output<string>;
  declare readonly targetId: Output<string>;
  declare readonly targetName: Output<string>;
  declare readonly targetPath: Output<string>;
  declare readonly platformId: Output<string>;
  declare readonly createdAt: Output<string>;
  declare readonly obtainedConsistency: SnapshotOutputs["obtainedConsistency"];
  declare readonly powerState: SnapshotOutputs["powerState"];
  declare readonly parentId: Output<string>;
  declare readonly isCurrent: Output<boolean>;
  declare readonly depth: Output<number>;
  declare readonly sizeBytes: Output<number | undefined>;
  declare readonly consolidationNeeded: Output<boolean>;
  declare readonly managed: Output<boolean>;
  declare readonly expiresAt: Output<string | undefined>;
  declare readonly consumedAt: Output<string | undefined>;
  declare readonly warnings: Output<string[]>;

  constructor(name: string, args: SnapshotArgs, options?: CustomResourceOptions) {
    super("Snapshot", snapshotProvider, name, args, options);
  }

  /**
   * Reads an existing snapshot without managing it: a destroy does not delete it.
   *
   * @param id `connection/target/snapshot`, each part percent-encoded: `vcenter/vm-42/snapshot-77`. The target may also be
   * a path, a UUID or a name, and the snapshot a name that is unique on that target.
   */
  static get(name: string, id: Input<string>, options?: CustomResourceOptions): Snapshot {
    return new Snapshot(name, {} as SnapshotArgs, { ...options, id });
  }
}
