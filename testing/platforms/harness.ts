import type { Driver, SnapshotKind } from "../../provider/platforms/contract";
import { ConnectionPool } from "../../provider/runtime";
import type { HttpSimulator, SimulatedReply, SimulatedRequest } from "../simulators/http-simulator";

/** What snapshots are taken of: a VM, a volume, a VPS. */
export interface Target {
  id: string;
  name: string;
}

/** A snapshot as the platform itself has it, asked for behind the driver's back. */
export interface PlatformSnapshot {
  /** The id that the driver gives it. */
  id: string;
  /** Name and description as stored, in which the marker is. */
  text: string;
}

/**
 * A platform that runs for a test: a simulator, or QEMU itself. Every suite that works on any platform uses this, so that a new
 * platform is one file beside this one and a line in `index.ts`.
 */
export interface RunningPlatform {
  name: string;
  /** Which kind of snapshot is under test. */
  kind: SnapshotKind;
  /** Settings of the connection `default`. */
  connection: Record<string, unknown>;
  /** Values that nothing may ever show. */
  secrets: string[];
  /** Whether texts can be edited there. */
  edits: boolean;
  /** Whether names can be. @default as `edits` */
  renames?: boolean;
  reverts: boolean;
  /** A target has room for one snapshot, which a revert uses up. @default false */
  single?: boolean;
  /** Cases that run at a time. @default 4 */
  atOnce?: number;
  traits?: Traits;

  /** A target that no other case uses. */
  newTarget(): Promise<Target>;
  /** Makes a second target of the same name. */
  twin(target: Target): Promise<void>;
  removeTarget(target: Target): Promise<void>;
  /** The case on this target is over. Absent where every case has a target of its own. */
  release?(target: Target): Promise<void>;
  /** Ends what runs for a target that no test needs any more; it is not used again. */
  park?(target: Target): Promise<void>;
  /** A snapshot taken by hand, which nobody may touch. @returns its id */
  takeForeign(target: Target): Promise<string>;
  /** Brings a target into the state in which the platform reverts it. */
  beforeRevert?(target: Target): Promise<void>;

  snapshots(target: Target): Promise<PlatformSnapshot[]>;
  /** Waits until nothing is at work on the target. */
  idle(target: Target): Promise<void>;
  /** Anything that must not be left behind: a paused VM, a lock, a failed snapshot. */
  leftovers(target: Target): Promise<string[]>;

  /** Every task from now on takes so long. */
  taskTime(milliseconds: number): Promise<void>;
  /** The next create is accepted and its reply lost. */
  loseNextReply(): Promise<void>;
  /** The hypervisor's own process for a target, where it may be ended. */
  process?: { pid(target: Target): number; start(target: Target): Promise<void> };
  /** How redundant disks come to be, where the platform merges them. */
  disks?: DisksToMerge;
  close(): Promise<void>;
}

/** In what a platform differs from the rules of the contract suite. */
export interface Traits {
  /** It shows that something runs on a target, and not the id of its task. */
  hidesTaskIds?: boolean;
  /** It decodes names, so that one with a literal `%2f` cannot be told from one with a slash. */
  decodesNames?: boolean;
  /** The driver can ask for the outcome of a call whose reply was lost, so that a create succeeds all the same. */
  recoversLostReplies?: boolean;
}

export interface DisksToMerge {
  /** A VM with these cannot have a snapshot as well. @default false */
  remedy?: true;
  /** The request by which a merge begins. @default any */
  request?: string;
  /** Leaves some behind on the target, as a backup tool does that dies. */
  leave(target: Target): Promise<void>;
  /**
   * What of them is there still, or was lost with them.
   *
   * @param started whether a merge began before the platform died; otherwise all of them may be there still
   */
  left(target: Target, started: boolean): Promise<string[]>;
}

/** A platform with the wire to it in the test's hands: what is asked is seen, and goes wrong as it is told to. */
export interface WiredPlatform extends RunningPlatform {
  wire: HttpSimulator;
  /** Which of the API's calls this is, without ids: `GET /vps/:id/snapshot`, `listVolumes`. */
  callOf(request: SimulatedRequest): string;
  /** Ends what answers the API, with every connection. @default the wire alone */
  die?(): Promise<void>;
  revive?(): Promise<void>;
  /** What only the platform's administrator can put right, as the error of a re-run then says. */
  repair?: (target: Target) => void;
  /** What can go wrong here and not on every platform. */
  own: Partial<Record<OwnFault, Trouble>>;
}

export type OwnFault =
  | "task failed"
  | "task vanished"
  | "session expired"
  | "clock an hour ahead"
  | "clock an hour behind"
  | "another certificate";

/** How something goes wrong at a call. */
export interface Trouble {
  /** The calls that it may meet. @default all */
  calls?: RegExp;
  /** Before the run that it meets. */
  before?(target: Target, call: string): Promise<void>;
  /** When the request has come and nobody has looked at it. @returns whether this was it, or what is answered instead */
  at?(request: SimulatedRequest): boolean | SimulatedReply;
  /** Puts right what does not come right by itself, before the re-run. */
  after?(target: Target): Promise<void> | void;
}

/** The server's clock is wrong from the call on, until the case is over. */
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

/** The same platform over a connection that soon gives up a request without an answer. */
export function impatient<T extends RunningPlatform>(platform: T): T {
  return { ...platform, connection: { ...platform.connection, requestTimeout: "3s" } };
}

/** A driver over the connection, made as for a user's. */
export function driverOf({ connection }: Pick<RunningPlatform, "connection">): Driver {
  const environment = { SNAPSTATE_CONNECTIONS: JSON.stringify({ default: connection }) };
  return new ConnectionPool(() => ({ environment })).get("default");
}

/** Looks until it is so. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((next) => setTimeout(next, 10));
}
