import type { OperationContext } from "../core/operation";
import type { Support } from "./contract";
import type { Ownership } from "./ownership";
import type { TextLimits } from "./text-limits";

/** What can be made from a snapshot of a volume, and then lives by itself. */
export type DerivedKind = "template" | "volume";

/** A template or volume as the platform has it now. */
export interface Derived {
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

export interface DerivedSpec {
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
export interface DerivedCapability {
  supports(kind: DerivedKind): Support;

  /** As of a `Hypervisor`. */
  textLimits?(kind: DerivedKind): TextLimits;

  /** All that the connection sees, so that one of an interrupted run is found by its marker. */
  list(kind: DerivedKind, call: OperationContext): Promise<Derived[]>;

  /** @throws `not-found` on the platform's positive word. */
  read(kind: DerivedKind, id: string, call: OperationContext): Promise<Derived>;

  /** Makes one and waits for the end of it. @returns the platform's id */
  create(kind: DerivedKind, spec: DerivedSpec, call: OperationContext): Promise<string>;

  /** Waits until it is no longer `making`, whoever makes it. */
  settle(kind: DerivedKind, id: string, call: OperationContext): Promise<void>;

  /** Removes it. A volume must not be attached. */
  remove(kind: DerivedKind, id: string, call: OperationContext): Promise<void>;

  /** Attaches a volume to a VM, or detaches it. */
  attach(volumeId: string, vmId: string | undefined, call: OperationContext): Promise<void>;
}
