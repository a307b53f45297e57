import type { PointKind } from "../../provider/hypervisors/contract";
import type { HttpSimulator, SimulatedReply, SimulatedRequest } from "../simulators/http-simulator";

/** A snapshot as the platform itself has it, asked for behind the driver's back. */
export interface PlatformPoint {
  /** The id that the driver gives it. */
  id: string;
  /** Name and description as stored, in which the marker is. */
  text: string;
}

export interface ProofTarget {
  id: string;
  name: string;
}

/** A platform on which runs are broken off: a simulator, or QEMU itself. */
export interface ProofPlatform {
  name: string;
  kind: PointKind;
  /** Settings of the connection `default`. */
  connection: Record<string, unknown>;
  /** Values that nothing may ever show. */
  secrets: string[];
  /** What can be declared there, beside creating and deleting. */
  edits: boolean;
  reverts: boolean;
  /** A target has room for one snapshot, which a revert uses up. @default false */
  single?: boolean;
  /** Cases that run at a time. @default 4 */
  atOnce?: number;
  newTarget(): Promise<ProofTarget>;
  /** The case on this target is over. Absent where every case has a target of its own. */
  release?(target: ProofTarget): Promise<void>;
  /** A snapshot taken by hand, which nobody may touch. @returns its id */
  takeForeign(target: ProofTarget): Promise<string>;
  points(target: ProofTarget): Promise<PlatformPoint[]>;
  /** Waits until nothing is at work on the target. */
  idle(target: ProofTarget): Promise<void>;
  /** Anything that must not be left behind: a paused VM, a lock, a failed snapshot. */
  leftovers(target: ProofTarget): Promise<string[]>;
  /** The hypervisor's own process for a target, where it may be ended. */
  process?: { pid(target: ProofTarget): number; start(target: ProofTarget): Promise<void> };
  /** How redundant disks come to be, where the platform merges them. */
  disks?: DisksToMerge;
  close(): Promise<void>;
}

export interface DisksToMerge {
  /** A VM with these cannot have a snapshot as well. @default false */
  instead?: true;
  /** Leaves some behind on the target, as a backup tool does that dies. */
  leave(target: ProofTarget): Promise<void>;
  /** What of them is there still, or was lost with them. */
  left(target: ProofTarget): Promise<string[]>;
}

/** A platform with the wire to it in the test's hands: what is asked is seen, and goes wrong as it is told to. */
export interface WiredPlatform extends ProofPlatform {
  wire: HttpSimulator;
  /** Which of the API's calls this is, without ids: `GET /vps/:id/snapshot`, `listVolumes`. */
  callOf(request: SimulatedRequest): string;
  /** Ends what answers the API, with every connection. @default the wire alone */
  die?(): Promise<void>;
  revive?(): Promise<void>;
  /** What only the platform's administrator can put right, as the error of a re-run then says. */
  repair?: (target: ProofTarget) => void;
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
  before?(target: ProofTarget, call: string): Promise<void>;
  /** When the request has come and nobody has looked at it. @returns whether this was it, or what is answered instead */
  at?(request: SimulatedRequest): boolean | SimulatedReply;
  /** Puts right what does not come right by itself, before the re-run. */
  after?(target: ProofTarget): Promise<void> | void;
}
