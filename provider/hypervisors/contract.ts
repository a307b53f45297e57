import type { SnapstateError } from "../errors";
import type { Call } from "../waiting";
import type { Consolidation, Download, SnapshotOptionCalls } from "./capabilities";
import type { Point, PointKind, PointRef, PowerState, Target, TargetSelector, TargetState } from "./contract-types";
import type { Copies } from "./copies";
import type { Ownership, SnapshotText } from "./ownership";
import type { TextLimits } from "./text-limits";

export type * from "./capabilities";
export type * from "./contract-types";

/** What a revert would do, as far as it can be known before it is made. */
export interface RevertForecast {
  /**
   * Why the platform would refuse it now: the VM's power state, other points. Absent when nothing stands in the way. `because` is a whole
   * clause ("the VM is a template, which is not reverted"), `instead` a sentence.
   */
  refusal?: { because: string; instead: string };
  /** Power state of the VM afterwards. */
  powerAfter: PowerState;
  /** The platform deletes the point when it has reverted to it (OVHcloud VPS). */
  consumesPoint: boolean;
  /** What else it does, as sentences for the preview. */
  effects?: string[];
}

export interface InspectOptions {
  /**
   * `fresh` asks the platform after this moment; `recent` may be served from a read of the last seconds, after which this
   * process changed nothing on that target.
   * @default "fresh"
   */
  freshness?: "fresh" | "recent";
  /** Also fill in `blockers` and `quiesceReady`, which a platform may have to read much for. @default false */
  readiness?: boolean;
}

export interface CreateSpec {
  name: string;
  /** The user's own words. */
  description: string;
  /** Stored from the first moment of the snapshot's life: in the request that takes it. */
  ownership?: Ownership;
  memory: boolean;
  /** Present when a quiesced snapshot is wanted. */
  quiesce?: { timeoutMinutes: number };
}

export interface PointEdit {
  name?: string;
  /** The whole of it: what it lacks is taken off. */
  text?: SnapshotText;
}

export interface RemoveOptions {
  removeChildren: boolean;
  /** Merge its disks; otherwise they stay behind as redundant ones, where the platform can. */
  consolidate: boolean;
}

/** Told of each member of a list that could not be asked, so that it neither hides nor delays the others. */
export type UnreadListener = (member: string, error: SnapstateError) => void;

export interface CreatedPoint {
  /** The platform's id of the new point. */
  pointId: string;
  /** The target with the new point in it, where the platform told it together with the end of the task. */
  state?: TargetState;
}

/**
 * One thing a platform may or may not be able to do, with the words for a `check` failure: "{platform} {because}. {instead}".
 * `because` goes on after the platform's name ("has no memory snapshots"), `instead` is a sentence.
 */
export type Support = { supported: true } | { supported: false; because: string; instead: string };

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
 * turns every failure into a `SnapstateError`. Beside this file it needs `provider/errors` and, for calls that are over and
 * for pauses, `provider/waiting` (`throwIfOver`, `sleep`, `backoff`). `testing/contract/bare-driver.ts` is a whole one.
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
export interface Hypervisor {
  readonly platform: string;

  /** Merging of redundant disks. Absent where the platform has none; `supports` says why, and what to do instead. */
  readonly consolidation?: Consolidation;

  /** Templates and volumes from snapshots. Absent where the platform makes none. */
  readonly copies?: Copies;

  /** Absent where a point cannot be downloaded. */
  readonly download?: Download;

  /** Absent where snapshots need no subscription. */
  readonly snapshotOption?: SnapshotOptionCalls;

  /** Whether the platform can do this for that kind of point, without asking it anything. */
  supports(kind: PointKind, feature: Feature): Support;

  /** What it takes of a name and a description, without asking it anything. Absent, or without one of them, when no limit is known. */
  textLimits?(kind: PointKind): TextLimits;

  /** Why no target of any installation can match the selector, as a sentence with the way out; asks nothing. */
  selectorProblem?(kind: PointKind, selector: TargetSelector): string | undefined;

  /** How many points one target may have, or undefined when there is no fixed number. */
  maxPoints(kind: PointKind): number | undefined;

  /** An id of the installation behind the connection (vCenter's instance UUID), so that state is never read against another one. */
  installation(call: Call): Promise<string>;

  /**
   * @param how `recent` may believe a look-up of the last seconds; what is about to be changed is looked up `fresh`
   * @throws `not-found`; `ambiguous` with all matches when a name fits more than one.
   */
  findTarget(
    kind: PointKind,
    selector: TargetSelector,
    call: Call,
    how?: Pick<InspectOptions, "freshness">,
  ): Promise<Target>;

  /**
   * Every target that this connection's user may see and that can have points of that kind. Absent where the platform has
   * no such list: then targets must be named.
   *
   * @param onUnread without it a member that could not be asked fails the list
   */
  listTargets?(kind: PointKind, call: Call, onUnread?: UnreadListener): Promise<Target[]>;

  /**
   * Reads one target. Reads that happen together travel together.
   * @throws `not-found` when the platform says that the target does not exist.
   */
  inspect(kind: PointKind, targetId: string, call: Call, how?: InspectOptions): Promise<TargetState>;

  /** Waits until none of the target's snapshot tasks is running, whoever started them; whether they ended well does not matter. */
  settle(kind: PointKind, targetId: string, call: Call): Promise<void>;

  /** Takes a point and waits for the end of it. @throws `task-failed` when the platform began and then gave up */
  createPoint(kind: PointKind, targetId: string, spec: CreateSpec, call: Call): Promise<CreatedPoint>;

  /** Changes name and/or description; what is undefined stays. */
  editPoint(kind: PointKind, point: PointRef, edit: PointEdit, call: Call): Promise<void>;

  /** Removes one, and waits for the end of it; the points below move up to its parent. @throws `not-found` when it is gone */
  removePoint(kind: PointKind, point: PointRef, options: RemoveOptions, call: Call): Promise<void>;

  /** Removes all there are, also those of others, by the platform's own call where it has one. */
  removeAllPoints(kind: PointKind, targetId: string, call: Call): Promise<void>;

  /** Takes the target back and waits for the end of it. */
  revertToPoint(kind: PointKind, point: PointRef, options: { suppressPowerOn: boolean }, call: Call): Promise<void>;

  /**
   * What a revert of this target to this point would do, from what was read; asks the platform nothing.
   * Without it nothing is refused beforehand, the power state follows the point's, and the point stays.
   */
  foreseeRevert?(
    kind: PointKind,
    state: TargetState,
    point: Point,
    options: { suppressPowerOn: boolean },
  ): RevertForecast;

  /**
   * When a revert used this point up, ISO 8601, as far as the platform's history tells. Asked of points that are gone, and
   * only of platforms that delete a point when they revert to it.
   */
  consumedAt?(kind: PointKind, point: PointRef, call: Call): Promise<string | undefined>;

  /** Ends the session and closes the sockets. */
  close(): Promise<void>;
}
