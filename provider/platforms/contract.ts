import type { SnapstateError } from "../core/errors";
import type { OperationContext } from "../core/operation";
import type { Consolidation, Download, Subscription } from "./capabilities";
import type {
  PowerState,
  Snapshot,
  SnapshotKind,
  SnapshotRef,
  Target,
  TargetSelector,
  TargetState,
} from "./contract-types";
import type { DerivedCapability } from "./derived";
import type { Ownership, SnapshotText } from "./ownership";
import type { TextLimits } from "./text-limits";

export type * from "./capabilities";
export type * from "./contract-types";

/** The effects of a revert that are known in advance. */
export interface RevertForecast {
  /**
   * Why the platform would refuse it now: the VM's power state, other snapshots. Absent if nothing blocks it. `reason`
   * is a clause ("the VM is a template, which is not reverted"), `remedy` a sentence.
   */
  refusal?: { reason: string; remedy: string };
  /** Power state of the VM afterwards. */
  powerAfter: PowerState;
  /** The platform deletes the snapshot after the revert (OVHcloud VPS). */
  consumesSnapshot: boolean;
  /** Other effects, as sentences for the preview. */
  effects?: string[];
}

export interface InspectOptions {
  /**
   * `fresh` sends a request; `recent` may return a read of the last few seconds if this process has not changed the
   * target since.
   *
   * @default "fresh"
   */
  freshness?: "fresh" | "recent";
  /** Also read `blockers` and `quiesceReady`, which may need further requests. @default false */
  readiness?: boolean;
  /** Also read what only a report on the target shows, such as `resizeBlocked`. @default false */
  advisory?: boolean;
}

export interface CreateSpec {
  name: string;
  /** The user's own words. */
  description: string;
  /** Stored from the first moment: part of the request that takes the snapshot. */
  ownership?: Ownership;
  memory: boolean;
  /** Set when a quiesced snapshot is requested. */
  quiesce?: { timeoutMinutes: number };
}

export interface SnapshotEdit {
  name?: string;
  /** The complete text: everything else is removed. */
  text?: SnapshotText;
}

export interface RemoveOptions {
  removeChildren: boolean;
  /** Merge its disks. If false, redundant disks remain where the platform allows that. */
  consolidate: boolean;
}

/** Called for each member of a list that could not be read, so that the others are still returned. */
export type UnreadListener = (member: string, error: SnapstateError) => void;

export interface CreatedSnapshot {
  /** The platform's id of the new snapshot. */
  snapshotId: string;
  /** The target with the new snapshot, if it was read together with the end of the task. */
  state?: TargetState;
}

/**
 * Whether a platform supports a feature, with the text of a `check` failure: "{platform} {reason}. {remedy}". `reason`
 * continues after the platform's name ("has no memory snapshots"), `remedy` is a sentence.
 */
export type Support = { supported: true } | { supported: false; reason: string; remedy: string };

export type Feature =
  | "create"
  | "memory"
  | "quiesce"
  /** The platform keeps a description of the user's own, beside the marker. */
  | "description"
  /** The name can be changed later. */
  | "rename"
  /** The description, and with it the ownership, can be changed later. */
  | "describe"
  | "remove-children"
  | "keep-disks"
  | "consolidate"
  | "revert"
  /** Snapshots have parents, and one of them is current. */
  | "tree";

/**
 * What each platform implements. A driver does not know inputs, diffs, state or engines: it finds, reads and acts, and
 * turns every failure into a `SnapstateError`. It imports this file, `provider/core/errors` and
 * `provider/core/operation` (`throwIfAborted`, `sleep`, `backoff`). `testing/contract/bare-driver.ts` is a minimal
 * example.
 *
 * Rules of every driver, verified by the contract suite in `testing/contract`:
 * 1. A change is sent once. If its outcome is unknown, the error's kind is `lost-reply`; the driver never re-sends it.
 * 2. `busy` and `throttled` mean that the platform refused and changed nothing: the lifecycle may retry.
 * 3. `not-found` needs the platform's explicit answer. An expired session, a missing right or a partial reply is never
 *    "not found".
 * 4. A wait that ends by deadline or cancel throws `timeout` or `cancelled` with the `taskId` of the running task; a
 *    cancel while a change is in flight throws `cancelled` with the code `in-flight`.
 * 5. Names, descriptions and ownership are read back exactly as written. `ownership.ts` converts them to text and back;
 *    a driver only stores text.
 * 6. A call for a feature that `supports` denies throws `unsupported` before anything is sent.
 * 7. A call whose signal is already aborted sends nothing.
 * 8. Methods may run concurrently, also for one target; one of two changes may be refused as `busy`.
 */
export interface Driver {
  readonly platform: string;

  /** Merges redundant disks. Absent if the platform cannot; `supports` has the reason and a remedy. */
  readonly consolidation?: Consolidation;

  /** Templates and volumes from snapshots. Absent if the platform cannot make them. */
  readonly derived?: DerivedCapability;

  /** Absent where a snapshot cannot be downloaded. */
  readonly download?: Download;

  /** Absent where snapshots need no subscription. */
  readonly subscription?: Subscription;

  /** Whether the platform supports this for that kind of snapshot. Makes no request. */
  supports(kind: SnapshotKind, feature: Feature): Support;

  /** Limits of names and descriptions. Makes no request. Absent, in whole or in part, if no limit is known. */
  textLimits?(kind: SnapshotKind): TextLimits;

  /** Why no target of any installation can match the selector, as a sentence with a remedy; makes no request. */
  selectorProblem?(kind: SnapshotKind, selector: TargetSelector): string | undefined;

  /** Maximum number of snapshots of one target. Absent, or undefined, if there is no fixed limit. */
  maxSnapshots?(kind: SnapshotKind): number | undefined;

  /**
   * An id of the installation behind the connection (vCenter's instance UUID), so that state is never compared with
   * another installation.
   */
  installation(call: OperationContext): Promise<string>;

  /**
   * @param how `recent` may use a lookup of the last few seconds; look a target up `fresh` before a change, or compare
   * its name and path with the read before the change. `readiness`: an inspect with it follows, so a driver that has to
   * read the target anyway may read both at once
   * @throws `not-found`; `ambiguous` with all matches when a name fits more than one
   */
  findTarget(
    kind: SnapshotKind,
    selector: TargetSelector,
    call: OperationContext,
    how?: InspectOptions,
  ): Promise<Target>;

  /**
   * Every target that the connection's user may see and that can have snapshots of that kind. Absent if the platform
   * has no such list.
   *
   * @param onUnread without it, the list fails if a member cannot be read
   */
  listTargets?(kind: SnapshotKind, call: OperationContext, onUnread?: UnreadListener): Promise<Target[]>;

  /**
   * Reads one target. Concurrent reads are batched.
   * @throws `not-found` when the platform reports that the target does not exist.
   */
  inspect(kind: SnapshotKind, targetId: string, call: OperationContext, how?: InspectOptions): Promise<TargetState>;

  /** Waits until no snapshot task of the target is running, regardless of its origin and result. */
  settle(kind: SnapshotKind, targetId: string, call: OperationContext): Promise<void>;

  /**
   * Takes a snapshot and waits for completion.
   *
   * @throws `task-failed` when the platform started and then failed
   */
  createSnapshot(
    kind: SnapshotKind,
    targetId: string,
    spec: CreateSpec,
    call: OperationContext,
  ): Promise<CreatedSnapshot>;

  /** Changes name and/or description; undefined leaves a value unchanged. */
  editSnapshot(kind: SnapshotKind, snapshot: SnapshotRef, edit: SnapshotEdit, call: OperationContext): Promise<void>;

  /**
   * Removes a snapshot and waits for completion. Its children move up to its parent.
   *
   * @throws `not-found` when it is gone already
   */
  removeSnapshot(
    kind: SnapshotKind,
    snapshot: SnapshotRef,
    options: RemoveOptions,
    call: OperationContext,
  ): Promise<void>;

  /** Removes all snapshots in one call, foreign ones included. Absent if the platform has no such call. */
  removeAllSnapshots?(kind: SnapshotKind, targetId: string, call: OperationContext): Promise<void>;

  /** Reverts the target and waits for completion. */
  revertToSnapshot(
    kind: SnapshotKind,
    snapshot: SnapshotRef,
    options: { suppressPowerOn: boolean },
    call: OperationContext,
  ): Promise<void>;

  /**
   * Forecasts a revert from the data already read; makes no request. If absent, nothing is refused in advance, the VM
   * takes the snapshot's power state, and the snapshot remains.
   */
  forecastRevert?(
    kind: SnapshotKind,
    state: TargetState,
    snapshot: Snapshot,
    options: { suppressPowerOn: boolean },
  ): RevertForecast;

  /**
   * When a revert consumed this snapshot, ISO 8601, from the platform's history. Called only for missing snapshots,
   * and only on platforms that delete a snapshot when they revert to it.
   */
  consumedAt?(kind: SnapshotKind, snapshot: SnapshotRef, call: OperationContext): Promise<string | undefined>;

  /** Ends the session and closes the sockets. */
  close(): Promise<void>;
}
