import type { CustomResourceOptions, Input, Output } from "@pulumi/pulumi";
import type { CommonArgs } from "./args";
import { restoreProvider } from "./providers";
import { SnapstateResource } from "./resource";

/** What a {@link Restore} is made of. */
export interface RestoreArgs extends CommonArgs {
  /**
   * The kind of the snapshot: a `Snapshot` or a `RecoveryPoint`. On vSphere they are the same.
   * @default "snapshot"
   */
  kind?: Input<"snapshot" | "recovery-point">;
  /**
   * The snapshot to revert to: its `platformId`, its name if that is unique on the target, or a Snapshot's `id`. A
   * change reverts nothing by itself.
   */
  snapshot: Input<string>;
  /**
   * Any values. Reverts once when the resource is created with a trigger, and once for each change to another non-empty
   * list. Without triggers nothing is reverted.
   */
  triggers?: Input<Input<unknown>[]>;
  /**
   * Take a snapshot of the current state before the revert. It is kept until it is removed manually.
   * @default true
   */
  safetySnapshot?: Input<boolean>;
  /**
   * Take the safety snapshot with the VM's memory if the VM is running.
   * @default false
   */
  safetyMemory?: Input<boolean>;
  /** The VM's name, required with `safetySnapshot: false`, since the current state is lost then. */
  confirm?: Input<string>;
  /**
   * Leave the VM off even if the snapshot has it running.
   * @default false
   */
  suppressPowerOn?: Input<boolean>;
}

/**
 * Reverts a VM to a snapshot, once for each change of `triggers`. A refresh never reverts, and deleting the resource does
 * nothing to the VM.
 *
 * @example
 * ```ts
 * const rollback = config.get("rollback"); // pulumi config set rollback "ticket 4711"
 * new Restore("web-1-rollback", {
 *   target: "/DC0/vm/web-1",
 *   snapshot: before.platformId,
 *   triggers: rollback ? [rollback] : [],
 * });
 * ```
 */
export class Restore extends SnapstateResource {
  /** The platform behind the connection: `vsphere`. */
  declare readonly platform: Output<string>;
  /** The platform's id of the VM. */
  declare readonly targetId: Output<string>;
  /** The VM's name when last read. */
  declare readonly targetName: Output<string>;
  /** Whether this resource has ever reverted the VM. */
  declare readonly restored: Output<boolean>;
  /** The end of the last revert, ISO 8601, UTC; empty before the first. */
  declare readonly restoredAt: Output<string>;
  /** The platform's id of the snapshot that was reverted to; empty before the first. */
  declare readonly restoredFrom: Output<string>;
  /** Its name. */
  declare readonly restoredName: Output<string>;
  /** When that snapshot was taken, ISO 8601, UTC. */
  declare readonly restoredCreatedAt: Output<string>;
  /** The platform's id of the last revert's safety snapshot; empty if none was taken. */
  declare readonly safetySnapshotId: Output<string>;
  /** Platform ids of the snapshots that the revert consumed: they existed only before it. */
  declare readonly consumed: Output<string[]>;
  /** Power state of the VM before the last revert. */
  declare readonly powerBefore: Output<"on" | "off" | "suspended" | "unknown" | "">;
  /** Power state of the VM after it. */
  declare readonly powerAfter: Output<"on" | "off" | "suspended" | "unknown" | "">;
  /** Number of reverts by this resource. */
  declare readonly runs: Output<number>;

  constructor(name: string, args: RestoreArgs, options?: CustomResourceOptions) {
    super("Restore", restoreProvider, name, args, options);
  }
}
