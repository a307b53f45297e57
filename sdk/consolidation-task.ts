import type { CustomResourceOptions, Input, Output } from "@pulumi/pulumi";
import type { CommonArgs } from "./args";
import { consolidationTaskProvider } from "./providers";
import { SnapstateResource } from "./resource";

/** What a {@link ConsolidationTask} is made of. */
export interface ConsolidationTaskArgs extends CommonArgs {
  /**
   * `needed` merges only when the platform says that redundant disks were left behind; `always` merges on every run.
   * @default "needed"
   */
  when?: Input<"needed" | "always">;
  /** Any values; when one of them changes, the task runs again, in place. */
  triggers?: Input<Input<unknown>[]>;
  /**
   * Refuse to run while the VM still has snapshots.
   * @default false
   */
  refuseWithSnapshots?: Input<boolean>;
  /**
   * Refuse to run if the platform reports that the datastore lacks the temporary space.
   * @default true
   */
  checkSpace?: Input<boolean>;
  /**
   * Snapshots that a run deletes before it merges, at creation and once for each change of `triggers`: `managed` those that snapstate
   * resources have taken, `all` foreign ones too. A snapshot on hold is never deleted: the run is refused.
   * @default "none"
   */
  deleteSnapshots?: Input<"none" | "managed" | "all">;
  /** The target's name, spelt out: required with `deleteSnapshots: "all"`. */
  confirm?: Input<string>;
  /**
   * What is deleted: what a `Snapshot` or a `RecoveryPoint` is on this platform.
   * @default "snapshot"
   */
  kind?: Input<"snapshot" | "recovery-point">;
}

/**
 * Merges redundant disks that a failed or unconsolidated removal left behind: when needed, or on trigger. Deleting it
 * does nothing.
 */
export class ConsolidationTask extends SnapstateResource {
  /** The platform behind the connection: `vsphere`. */
  declare readonly platform: Output<string>;
  /** The platform's id of the VM. */
  declare readonly targetId: Output<string>;
  /** The VM's name when last read. */
  declare readonly targetName: Output<string>;
  /** Whether the last run merged anything. */
  declare readonly ran: Output<boolean>;
  /** Whether a consolidation was needed when the last run began. */
  declare readonly neededBefore: Output<boolean>;
  /** Whether one was still needed when it ended. */
  declare readonly neededAfter: Output<boolean>;
  /** Whether one is needed now, from the last read. */
  declare readonly consolidationNeeded: Output<boolean>;
  /** The platform's id of the last task; empty when none ran. */
  declare readonly taskId: Output<string>;
  /** Platform ids of the snapshots that the last run deleted. */
  declare readonly deleted: Output<string[]>;
  /** How long the last task took, in seconds; 0 when none ran. */
  declare readonly durationSeconds: Output<number>;
  /** The end of the last run, ISO 8601, UTC. */
  declare readonly completedAt: Output<string>;

  constructor(name: string, args: ConsolidationTaskArgs, options?: CustomResourceOptions) {
    super("ConsolidationTask", consolidationTaskProvider, name, args, options);
  }
}
