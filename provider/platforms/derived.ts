import type { OperationContext } from "../core/operation";
import type { Support } from "./contract";
import type { Ownership } from "./ownership";
import type { TextLimits } from "./text-limits";

/** What can be made from a snapshot of a volume, and is then independent of it. */
export type DerivedKind = "template" | "volume";

/** A template or volume as the platform has it now. */
export interface Derived {
  /** The platform's id. */
  id: string;
  name: string;
  /** The user's own words. */
  description: string;
  ownership?: Ownership;
  /** ISO 8601, UTC. Empty where the platform does not report it. */
  createdAt: string;
  /** `failed` is the orphan of a failed create. */
  state: "making" | "ready" | "failed";
  /** The platform's own word for its state. */
  stateWord: string;
  sizeBytes?: number;
  /** For a volume: the platform's id of the VM it is attached to. */
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
  /** For a volume: the id of the VM to attach it to. */
  attachTo?: string;
  /**
   * For a template: the platform's id of the guest's operating system.
   *
   * @default the snapshot's, where the platform knows it
   */
  osType?: string;
  /** For a template: whether the guest gets passwords from the platform. */
  passwordEnabled?: boolean;
}

/** Templates and volumes from snapshots. The rules of a `Hypervisor` hold for these calls as well. */
export interface DerivedCapability {
  supports(kind: DerivedKind): Support;

  /** As of a `Hypervisor`. */
  textLimits?(kind: DerivedKind): TextLimits;

  /** Everything that the connection sees, so that an interrupted run's copy is found by its marker. */
  list(kind: DerivedKind, call: OperationContext): Promise<Derived[]>;

  /** @throws `not-found` on the platform's positive word */
  read(kind: DerivedKind, id: string, call: OperationContext): Promise<Derived>;

  /**
   * Makes one and waits until it is done.
   *
   * @returns the platform's id
   */
  create(kind: DerivedKind, spec: DerivedSpec, call: OperationContext): Promise<string>;

  /** Waits until it is no longer `making`, whoever makes it. */
  settle(kind: DerivedKind, id: string, call: OperationContext): Promise<void>;

  /** Removes it. A volume must not be attached. */
  remove(kind: DerivedKind, id: string, call: OperationContext): Promise<void>;

  /** Attaches a volume to a VM, or detaches it. */
  attach(volumeId: string, vmId: string | undefined, call: OperationContext): Promise<void>;
}
