import type { Driver, SnapshotKind } from "../../provider/platforms/contract";
import { ConnectionPool } from "../../provider/runtime";
import type { HttpSimulator, SimulatedReply, SimulatedRequest } from "../simulators/http-simulator";

/** A VM, a volume or a VPS with snapshots. */
export interface Target {
  id: string;
  name: string;
}

/** A snapshot on the platform, read without the driver. */
export interface PlatformSnapshot {
  /** Its id in the driver. */
  id: string;
  /** Name and description as stored, with the marker. */
  text: string;
}

/**
 * A running platform for tests: a simulator, or QEMU itself. Every suite that works on any platform uses it, so a new
 * platform is one file beside this one and a line in `index.ts`.
 */
export interface RunningPlatform {
  name: string;
  /** The kind of snapshot under test. */
  kind: SnapshotKind;
  /** Settings of the connection `default`. */
  connection: Record<string, unknown>;
  /** Values that must never be shown. */
  secrets: string[];
  /** Whether texts can be edited. */
  edits: boolean;
  /** Whether names can be edited. @default as `edits` */
  renames?: boolean;
  reverts: boolean;
  /** A target can have only one snapshot, and a revert consumes it. @default false */
  single?: boolean;
  /** Concurrent cases. @default 4 */
  atOnce?: number;
  traits?: Traits;

  /** Returns a target for one case only. */
  newTarget(): Promise<Target>;
  /** Creates a second target with the same name. */
  twin(target: Target): Promise<void>;
  removeTarget(target: Target): Promise<void>;
  /** Ends the case on this target. Absent where every case has its own. */
  release?(target: Target): Promise<void>;
  /** Stops the processes of a target that is not used again. */
  park?(target: Target): Promise<void>;
  /** Takes a snapshot manually, which must not be touched. @returns its id */
  takeForeign(target: Target): Promise<string>;
  /** Brings a target into a state in which the platform can revert it. */
  beforeRevert?(target: Target): Promise<void>;

  snapshots(target: Target): Promise<PlatformSnapshot[]>;
  /** Waits until no task runs on the target. */
  idle(target: Target): Promise<void>;
  /** Leftovers that must not remain: a paused VM, a lock, a failed snapshot. */
  leftovers(target: Target): Promise<string[]>;

  /** Sets the duration of future tasks. */
  taskTime(milliseconds: number): Promise<void>;
  /** The next create is accepted, and its reply lost. */
  loseNextReply(): Promise<void>;
  /** The hypervisor's process for a target, where it can be killed. */
  process?: { pid(target: Target): number; start(target: Target): Promise<void> };
  /** Creates redundant disks, where the platform merges them. */
  disks?: DisksToMerge;
  close(): Promise<void>;
}

/** Differences from the rules of the contract suite. */
export interface Traits {
  /** It reports that a task runs on a target, but not the task's id. */
  hidesTaskIds?: boolean;
  /** It decodes names, so a literal `%2f` cannot be distinguished from a slash. */
  decodesNames?: boolean;
  /** The driver can query the result of a call whose reply was lost, so a create succeeds. */
  recoversLostReplies?: boolean;
}

export interface DisksToMerge {
  /** A VM with redundant disks cannot have a snapshot. @default false */
  remedy?: true;
  /** The request that starts a merge. @default any */
  request?: string;
  /** Leaves redundant disks on the target, like a backup tool that dies. */
  leave(target: Target): Promise<void>;
  /**
   * Remaining redundant disks, or lost data.
   *
   * @param started whether a merge began before the platform died; otherwise all of them may remain
   */
  left(target: Target, started: boolean): Promise<string[]>;
}

/** A platform whose connection is controlled by the test: it records requests and injects faults. */
export interface WiredPlatform extends RunningPlatform {
  wire: HttpSimulator;
  /** The API call of a request, without ids: `GET /vps/:id/snapshot`, `listVolumes`. */
  callOf(request: SimulatedRequest): string;
  /** Kills the API with all connections. @default the wire alone */
  die?(): Promise<void>;
  revive?(): Promise<void>;
  /** What only the platform's administrator can fix, as the error of a re-run states. */
  repair?: (target: Target) => void;
  /** Faults that exist only on this platform. */
  own: Partial<Record<OwnFault, Trouble>>;
}

export type OwnFault =
  | "task failed"
  | "task vanished"
  | "session expired"
  | "clock an hour ahead"
  | "clock an hour behind"
  | "another certificate";

/** A fault at a call. */
export interface Trouble {
  /** Calls to which it can apply. @default all */
  calls?: RegExp;
  /** Called before the run. */
  before?(target: Target, call: string): Promise<void>;
  /**
   * Called when the request has arrived, before it is processed. @returns whether the fault applies, or the reply
   * instead
   */
  at?(request: SimulatedRequest): boolean | SimulatedReply;
  /** Repairs what does not recover by itself, before the re-run. */
  after?(target: Target): Promise<void> | void;
}

/** The server's clock is wrong from the call until the end of the case. */
export function clockAhead(server: { clockAhead: number }, seconds: number): Trouble {
  return {
    at: () => {
      server.clockAhead = seconds;
      return true;
    },
    after: () => {
      server.clockAhead = 0;
    },
  };
}

/** The same platform with a connection with a short request timeout. */
export function impatient<T extends RunningPlatform>(platform: T): T {
  return { ...platform, connection: { ...platform.connection, requestTimeout: "3s" } };
}

/** A driver for the connection, created as for a user. */
export function driverOf({ connection }: Pick<RunningPlatform, "connection">): Driver {
  const environment = { SNAPSTATE_CONNECTIONS: JSON.stringify({ default: connection }) };
  return new ConnectionPool(() => ({ environment })).get("default");
}

/** Polls until the condition holds. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((next) => setTimeout(next, 10));
}
