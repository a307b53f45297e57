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

/** What a {@link GuardedChange} is made of. */
export interface GuardedChangeArgs<T> {
  /**
   * Name of the connection, as configured under `snapstate:connections`.
   * @default "default"
   */
  connection?: Input<string>;
  /** The VM, as in {@link SnapshotArgs.target}. */
  target: Input<string | NamedTarget>;
  /** What makes it another change, for example a release: a change of one takes another snapshot first. */
  triggers: Input<Input<unknown>[]>;
  /** More about the snapshot: `ttl`, `quiesce`, `memory`, `description`. */
  snapshot?: Omit<SnapshotArgs, "connection" | "target" | "triggers">;
  /**
   * Any text: when it changes to one that is not empty, the VM is reverted to the snapshot, once, before a change that
   * failed is tried again. What is lost is kept in a safety snapshot. Leave `triggers` as they are: a change of them takes
   * another snapshot, of what is there now.
   */
  rollback?: Input<string | undefined>;
  /** Declares what changes the VM, with the options it is given, so that it begins after the snapshot was taken. */
  change(options: CustomResourceOptions): T;
}

/**
 * A snapshot, the change that comes after it, and a way back, as resources of the stack: they are in the preview and in the
 * state. The snapshot stays until the next change has its own, while {@link snapshotBefore} drops it
 * after a success.
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
  /** The way back. */
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
