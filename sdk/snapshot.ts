import type { CustomResourceOptions, Input } from "@pulumi/pulumi";
import { snapshotProvider } from "./providers";
import { resourceWith } from "./resource";
import type { SnapshotArgs, SnapshotOutputs } from "./types/snapshot";

export type { SnapshotArgs, SnapshotOutputs } from "./types/snapshot";

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
export class Snapshot extends resourceWith<SnapshotOutputs>() {
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
