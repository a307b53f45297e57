import type { CustomResourceOptions, Input, Output } from "@pulumi/pulumi";
import type { SnapshotCommonArgs } from "./args";
import { recoveryPointProvider } from "./providers";
import { SnapstateResource } from "./resource";
import type { SnapshotOutputs } from "./snapshot-outputs";

/** What a {@link RecoveryPoint} is made of. */
export interface RecoveryPointArgs extends SnapshotCommonArgs {
  /**
   * The required consistency: `crash` (disks as after a power cut), `filesystem` (quiesced) or `memory` (disks and
   * RAM). If it is not obtained, the snapshot is removed and creation fails. A change replaces.
   * @default "crash"
   */
  consistency?: Input<"crash" | "filesystem" | "memory">;
}

/**
 * A whole-VM restore point with a stated consistency, which is verified.
 *
 * @example
 * ```ts
 * const snapshot = new RecoveryPoint("running", { target: { name: "db-1" }, consistency: "memory" });
 * ```
 */
export class RecoveryPoint extends SnapstateResource implements SnapshotOutputs {
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

  constructor(name: string, args: RecoveryPointArgs, options?: CustomResourceOptions) {
    super("RecoveryPoint", recoveryPointProvider, name, args, options);
  }

  /**
   * Reads an existing recovery point without managing it: a destroy does not delete it.
   *
   * @param id `connection/target/snapshot`, each part percent-encoded: `vcenter/vm-42/snapshot-77`. The target may also be
   * a path, a UUID or a name, and the snapshot a name that is unique on that target.
   */
  static get(name: string, id: Input<string>, options?: CustomResourceOptions): RecoveryPoint {
    return new RecoveryPoint(name, {} as RecoveryPointArgs, { ...options, id });
  }
}
