import type { OperationContext } from "../core/operation";
import type { Support } from "./contract";
import type { Ownership } from "./ownership";
import type { TextLimits } from "./text-limits";

/** What can be made from a volume snapshot and is then independent of it. */
export type DerivedKind = "template" | "volume";

/** The present state of a template or volume. */
export interface Derived {
  /** The platform's id. */
  id: string;
  name: string;
  /** The user's own words. */
  description: string;
  ownership?: Ownership;
  /** ISO 8601, UTC. Empty where the platform does not report it. */
  createdAt: string;
  /** `failed` remains from a failed create. */
  state: "making" | "ready" | "failed";
  /** The platform's name of its state. */
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

/** Templates and volumes from snapshots. The rules of `Driver` apply to these calls too. */
export interface DerivedCapability {
  supports(kind: DerivedKind): Support;

  /** As in `Driver`. */
  textLimits?(kind: DerivedKind): TextLimits;

  /** Everything visible to the connection, so that a marker finds what an interrupted run made. */
  list(kind: DerivedKind, call: OperationContext): Promise<Derived[]>;

  /** @throws `not-found` on the platform's explicit answer */
  read(kind: DerivedKind, id: string, call: OperationContext): Promise<Derived>;

  /**
   * Makes one and waits for completion.
   *
   * @returns the platform's id
   */
  create(kind: DerivedKind, spec: DerivedSpec, call: OperationContext): Promise<string>;

  /** Waits until it is no longer `making`, regardless of who makes it. */
  settle(kind: DerivedKind, id: string, call: OperationContext): Promise<void>;

  /** Removes it. A volume must be detached. */
  remove(kind: DerivedKind, id: string, call: OperationContext): Promise<void>;

  /** Attaches a volume to a VM, or detaches it. */
  attach(volumeId: string, vmId: string | undefined, call: OperationContext): Promise<void>;
}
