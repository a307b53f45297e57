import type { Call } from "../waiting";
import type { Support } from "./contract";
import type { Ownership } from "./ownership";
import type { TextLimits } from "./text-limits";

/** What can be made from a snapshot of a volume, and then lives by itself. */
export type CopyKind = "template" | "volume";

/** A template or volume as the platform has it now. */
export interface Copy {
  /** The platform's id. */
  id: string;
  name: string;
  /** The user's own words. */
  description: string;
  ownership?: Ownership;
  /** ISO 8601, UTC. Empty where the platform does not tell. */
  createdAt: string;
  /** `failed` is what a create that failed has left. */
  state: "making" | "ready" | "failed";
  /** The platform's own word for its state. */
  stateWord: string;
  sizeBytes?: number;
  /** Of a volume: the platform's id of the VM that it is attached to. */
  attachedTo?: string;
}

export interface CopySpec {
  /** The platform's id of the snapshot. */
  snapshotId: string;
  name: string;
  /** The user's own words. */
  description: string;
  /** Stored from the first moment. */
  ownership?: Ownership;
  /** Of a volume: the id of the VM to attach it to. */
  attachTo?: string;
  /** Of a template: the platform's id of the guest's operating system. @default the snapshot's, where the platform knows it */
  osType?: string;
  /** Of a template: whether the guest takes passwords from the platform. */
  passwordEnabled?: boolean;
}

/** Templates and volumes from snapshots. The rules of a `Hypervisor` hold for these calls as well. */
export interface Copies {
  supports(kind: CopyKind): Support;

  /** As of a `Hypervisor`. */
  textLimits?(kind: CopyKind): TextLimits;

  /** All that the connection sees, so that one of an interrupted run is found by its marker. */
  list(kind: CopyKind, call: Call): Promise<Copy[]>;

  /** @throws `not-found` on the platform's positive word. */
  read(kind: CopyKind, id: string, call: Call): Promise<Copy>;

  /** Makes one and waits for the end of it. @returns the platform's id */
  create(kind: CopyKind, spec: CopySpec, call: Call): Promise<string>;

  /** Waits until it is no longer `making`, whoever makes it. */
  settle(kind: CopyKind, id: string, call: Call): Promise<void>;

  /** Removes it. A volume must not be attached. */
  remove(kind: CopyKind, id: string, call: Call): Promise<void>;

  /** Attaches a volume to a VM, or detaches it. */
  attach(volumeId: string, vmId: string | undefined, call: Call): Promise<void>;
}
