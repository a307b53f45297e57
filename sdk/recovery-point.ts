import type { CustomResourceOptions, Input } from "@pulumi/pulumi";
import { recoveryPointProvider } from "./providers";
import { resourceWith } from "./resource";
import type { RecoveryPointArgs, RecoveryPointOutputs } from "./types/recovery-point";

export type { RecoveryPointArgs, RecoveryPointOutputs } from "./types/recovery-point";

/**
 * A whole-VM restore point with a stated consistency, which is verified.
 *
 * @example
 * ```ts
 * const snapshot = new RecoveryPoint("running", { target: { name: "db-1" }, consistency: "memory" });
 * ```
 */
export class RecoveryPoint extends resourceWith<RecoveryPointOutputs>() {
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
