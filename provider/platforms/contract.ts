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

/** The effects of a revert, as far as they are known in advance. */
export interface RevertForecast {
  /**
   * Why the platform would refuse it now: the VM's power state, other snapshots. Absent when nothing stands in the way. `reason` is a whole
   * clause ("the VM is a template, which is not reverted"), `remedy` a sentence.
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
   * `fresh` asks the platform after this moment; `recent` may be answered from a read of the last seconds, if this
   * process has not changed that target since.
   *
   * @default "fresh"
   */
  freshness?: "fresh" | "recent";
  /** Also fill in `blockers` and `quiesceReady`, which may need further reads. @default false */
  readiness?: boolean;
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
  /** The complete text: whatever it lacks is removed. */
  text?: SnapshotText;
}

export interface RemoveOptions {
  removeChildren: boolean;
  /** Merge its disks; otherwise redundant disks remain, where the platform allows that. */
  consolidate: boolean;
}

/** Called for each member of a list that could not be read, so that it neither hides nor delays the others. */
export type UnreadListener = (member: string, error: SnapstateError) => void;

export interface CreatedSnapshot {
  /** The platform's id of the new snapshot. */
  snapshotId: string;
  /** The target with the new snapshot in it, where the platform reported it together with the end of the task. */
  state?: TargetState;
}

/**
 * Whether a platform supports a feature, with the words for a `check` failure: "{platform} {reason}. {remedy}".
 * `reason` continues after the platform's name ("has no memory snapshots"), `remedy` is a sentence.
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
  /** Points have parents, and one of them is current. */
  | "tree";

/**
 * What a platform must offer. A driver knows nothing of inputs, diffs, state or Pulumi: it finds, reads and acts, and
 * turns every failure into a `SnapstateError`. Beside this file it needs `provider/core/errors` and, for calls that are over and
 * for pauses, `provider/core/operation` (`throwIfOver`, `sleep`, `backoff`). `testing/contract/bare-driver.ts` is a whole one.
 *
 * Rules every driver keeps (the contract suite in `testing/contract` holds them to it):
 * 1. A call that changes something is sent once. When its outcome is unknown the error's kind is `lost-reply`; the
 *    driver never re-sends it.
 * 2. `busy` and `throttled` mean that the platform refused and nothing was done: the lifecycle may try again.
 * 3. `not-found` is thrown only on the platform's positive word. An expired session, a missing right or a partial reply
 *    is never "not found".
 * 4. A wait that ends by deadline or cancel throws `timeout` or `cancelled` with the `taskId` of the running task; a cancel
 *    while a change is on its way throws `cancelled` with the code `in-flight`.
 * 5. Names, descriptions and ownership come back exactly as they went in. `ownership.ts` turns them into text and back; a driver only
 *    knows where the platform keeps texts.
 * 6. What `supports` denies is an `unsupported` error when it is asked for all the same, before anything is sent.
 * 7. A call that is over before it begins sends nothing.
 * 8. A method may be called many times at once, also for one target; of two changes one may be refused as `busy`.
 */
export interface Driver {
  readonly platform: string;

  /** Merges redundant disks. Absent where the platform cannot; `supports` says why, with a remedy. */
  readonly consolidation?: Consolidation;

  /** Templates and volumes from snapshots. Absent where the platform makes none. */
  readonly derived?: DerivedCapability;

  /** Absent where a snapshot cannot be downloaded. */
  readonly download?: Download;

  /** Absent where snapshots need no subscription. */
  readonly subscription?: Subscription;

  /** Whether the platform can do this for that kind of snapshot, without asking it anything. */
  supports(kind: SnapshotKind, feature: Feature): Support;

  /** Limits of names and descriptions, without a request. Absent, as a whole or in part, where no limit is known. */
  textLimits?(kind: SnapshotKind): TextLimits;

  /** Why no target of any installation can match the selector, as a sentence with a remedy; makes no request. */
  selectorProblem?(kind: SnapshotKind, selector: TargetSelector): string | undefined;

  /** How many snapshots one target may have; undefined when there is no fixed limit. */
  maxSnapshots(kind: SnapshotKind): number | undefined;

  /** An id of the installation behind the connection (vCenter's instance UUID), so that state is never read against another one. */
  installation(call: OperationContext): Promise<string>;

  /**
   * @param how `recent` may use a lookup of the last seconds; a target about to be changed is looked up `fresh`
   * @throws `not-found`; `ambiguous` with all matches when a name fits more than one
   */
  findTarget(
    kind: SnapshotKind,
    selector: TargetSelector,
    call: OperationContext,
    how?: Pick<InspectOptions, "freshness">,
  ): Promise<Target>;

  /**
   * Every target that this connection's user may see and that can have snapshots of that kind. Absent where the platform has
   * no such list: then targets must be named.
   *
   * @param onUnread without it a member that could not be asked fails the list
   */
  listTargets?(kind: SnapshotKind, call: OperationContext, onUnread?: UnreadListener): Promise<Target[]>;

  /**
   * Reads one target. Reads that happen together travel together.
   * @throws `not-found` when the platform says that the target does not exist.
   */
  inspect(kind: SnapshotKind, targetId: string, call: OperationContext, how?: InspectOptions): Promise<TargetState>;

  /** Waits until none of the target's snapshot tasks is running, whoever started them and however they end. */
  settle(kind: SnapshotKind, targetId: string, call: OperationContext): Promise<void>;

  /**
   * Takes a snapshot and waits until it is done.
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
   * Removes one and waits until it is gone; the snapshots below move up to its parent.
   *
   * @throws `not-found` when it is gone already
   */
  removeSnapshot(
    kind: SnapshotKind,
    snapshot: SnapshotRef,
    options: RemoveOptions,
    call: OperationContext,
  ): Promise<void>;

  /** Removes all snapshots, foreign ones included, by the platform's own call where it has one. */
  removeAllSnapshots(kind: SnapshotKind, targetId: string, call: OperationContext): Promise<void>;

  /** Reverts the target and waits until it is done. */
  revertToSnapshot(
    kind: SnapshotKind,
    snapshot: SnapshotRef,
    options: { suppressPowerOn: boolean },
    call: OperationContext,
  ): Promise<void>;

  /**
   * Forecasts a revert of this target to this snapshot, from what was read; makes no request. Without it, nothing is
   * refused in advance, the power state becomes the snapshot's, and the snapshot remains.
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
