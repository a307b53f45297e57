import {
  ComponentResource,
  type ComponentResourceOptions,
  type CustomResourceOptions,
  type Input,
  output,
} from "@pulumi/pulumi";
import type { NamedTarget } from "../args";
import { Restore } from "../restore";
import { Snapshot, type SnapshotArgs } from "../snapshot";

/** Arguments of {@link GuardedChange}. */
export interface GuardedChangeArgs<T> {
  /**
   * Name of the connection, as configured under `snapstate:connections`.
   * @default "default"
   */
  connection?: Input<string>;
  /** The VM, as in {@link SnapshotArgs.target}. */
  target: Input<string | NamedTarget>;
  /** Identifies the change, for example a release: if one changes, a new snapshot is taken first. */
  triggers: Input<Input<unknown>[]>;
  /** Further arguments of the snapshot: `ttl`, `quiesce`, `memory`, `description`. */
  snapshot?: Omit<SnapshotArgs, "connection" | "target" | "triggers">;
  /**
   * Any string: when it changes to a non-empty one, the VM is reverted to the snapshot once, before the failed change
   * is retried. A safety snapshot keeps the lost state. Do not change `triggers` with it: that takes a new snapshot of
   * the current state.
   */
  rollback?: Input<string | undefined>;
  /** Declares the change of the VM with the given options, so that it starts after the snapshot was taken. */
  change(options: CustomResourceOptions): T;
}

/**
 * A snapshot, a change after it, and a Restore to it, as resources of the stack: they appear in the preview and the
 * state. The snapshot is kept until the next change has its own, while {@link snapshotBefore} deletes it after a
 * success.
 *
 * @example
 * ```ts
 * const release = new GuardedChange("release", {
 *   target: "/DC0/vm/web-1",
 *   triggers: [version],
 *   rollback: config.get("rollback"),
 *   change: (options) => new command.remote.Command("deploy", { … }, options),
 * });
 * ```
 */
export class GuardedChange<T> extends ComponentResource {
  /** The snapshot from before the change. */
  readonly before: Snapshot;
  /** What `change` declared. */
  readonly changed: T;
  /** The Restore to the snapshot. */
  readonly restore: Restore;

  constructor(name: string, args: GuardedChangeArgs<T>, options?: ComponentResourceOptions) {
    super("snapstate:index:GuardedChange", name, {}, options);
    const { connection, target, triggers, rollback } = args;
    const place = { ...(connection === undefined ? {} : { connection }), target };
    this.before = new Snapshot(`${name}-before`, { ...args.snapshot, ...place, triggers }, { parent: this });
    this.restore = new Restore(
      `${name}-rollback`,
      {
        ...place,
        snapshot: this.before.platformId,
        triggers: output(rollback).apply((word) => (word ? [word] : [])),
      },
      { parent: this },
    );
    this.changed = args.change({ parent: this, dependsOn: [this.before, this.restore] });
    this.registerOutputs({ snapshotId: this.before.platformId, restored: this.restore.restored });
  }
}
