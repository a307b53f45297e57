import type { Input } from "@pulumi/pulumi";

/** Numbers with their units: `90s`, `30m`, `72h`, `7d`, `1h30m`. */
export type Duration = string;

/** A VM named in exactly one way. */
export type NamedTarget =
  | { /** Inventory path: `/DC0/vm/prod/web-1`. */ path: Input<string> }
  | { /** vCenter's instance UUID. */ instanceUuid: Input<string> }
  | { /** The BIOS UUID, as the guest sees it. */ biosUuid: Input<string> }
  | { /** The managed object id: `vm-42`. */ id: Input<string> }
  | { /** The VM's name; if several VMs have it, an error lists them. */ name: Input<string> };

/** What a resource that is of no single VM takes. */
export interface ConnectedArgs {
  /**
   * Name of the connection, as configured under `snapstate:connections`.
   * @default "default"
   */
  connection?: Input<string>;
  /**
   * How long each operation may take, waiting included. The `customTimeouts` option is used for what is not set here.
   * @default create 1h, read 5m, update 1h, delete 6h
   */
  timeouts?: Input<{
    create?: Input<Duration>;
    read?: Input<Duration>;
    update?: Input<Duration>;
    delete?: Input<Duration>;
  }>;
}

/** What every resource of a VM takes. */
export interface CommonArgs extends ConnectedArgs {
  /**
   * The VM: an inventory path, an instance UUID, a BIOS UUID, a managed object id or a name; or an object that says
   * which of these it is. If a name matches several VMs, an error lists them.
   */
  target: Input<string | NamedTarget>;
}

/** What Snapshot and RecoveryPoint both take. */
export interface SnapshotCommonArgs extends CommonArgs {
  /**
   * The name on the platform. Changed in place.
   * @default made from the VM's name and the time of creation, and kept
   */
  name?: Input<string>;
  /** Text shown by the platform. snapstate adds one line to it, its marker. Changed in place. */
  description?: Input<string>;
  /**
   * How long the guest may take to become quiet, 5 to 240 minutes.
   * @default "15m"
   */
  quiesceTimeout?: Input<Duration>;
  /**
   * On delete, remove the snapshots below this one too; otherwise they move up to its parent.
   * @default false
   */
  removeChildren?: Input<boolean>;
  /**
   * On delete, merge the disks that became redundant.
   * @default true
   */
  consolidate?: Input<boolean>;
  /** When the snapshot is due for removal, ISO 8601. Reported in `warnings`, not removed by itself. */
  expiresAt?: Input<string>;
  /** As `expiresAt`, counted from creation. Not together with it. */
  ttl?: Input<Duration>;
  /**
   * While true, the snapshot is neither deleted nor replaced. Lifted by an update of its own.
   * @default false
   */
  hold?: Input<boolean>;
  /**
   * At creation, take over an existing snapshot of the target: with `true` the one with that `name`, if there is
   * exactly one; with an id (the platform's, or a snapshot resource's) that one, which must exist.
   * @default false
   */
  adoptExisting?: Input<boolean | string>;
  /**
   * What becomes of the snapshot when the resource goes.
   * @default "delete"
   */
  onDestroy?: Input<"delete" | "retain">;
  /** Guards. `warnChainDepth` and `maxAge` warn, `maxChainDepth` refuses. */
  limits?: Input<{
    /** Snapshots in a chain. @default 3 */
    warnChainDepth?: Input<number>;
    /** Snapshots in a chain. @default 31 */
    maxChainDepth?: Input<number>;
    /** @default "72h" */
    maxAge?: Input<Duration>;
  }>;
  /** Any values; a change of one means another point in time, so a new one is made and the old one removed. */
  triggers?: Input<Input<unknown>[]>;
}

/** What Template and Volume both take. */
export interface DerivedArgs extends ConnectedArgs {
  /** The snapshot's platform id: the output `platformId` of a Snapshot. A change makes another one. */
  snapshot: Input<string>;
  /** The name on the platform. A change makes another one. */
  name: Input<string>;
  /** Any values; when one of them changes, another one is made and the old one removed. */
  triggers?: Input<Input<unknown>[]>;
  /**
   * What becomes of it when the resource goes.
   * @default "delete"
   */
  onDestroy?: Input<"delete" | "retain">;
}
