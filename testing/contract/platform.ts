import type { Hypervisor, PointKind } from "../../provider/hypervisors/contract";

/** A target that no other test uses. */
export interface ContractTarget {
  id: string;
  name: string;
}

/** A driver under test, and what a test does to its platform behind the driver's back. */
export interface ContractPlatform {
  hypervisor: Hypervisor;
  /** Which kind of point is under test. @default "snapshot" */
  kind?: PointKind;
  /** The platform shows that something runs on a target, and not the id of its task. */
  hidesTaskIds?: boolean;
  /** Names that the platform refuses, for reasons of its own. */
  refusesName?: (name: string) => boolean;
  /** Brings a target into the state in which the platform reverts it. */
  beforeRevert?(target: ContractTarget): Promise<void>;
  /** The platform decodes names, so that one with a literal `%2f` cannot be told from one with a slash. */
  decodesNames?: boolean;
  /** The driver can ask for the outcome of a call whose reply was lost, so that a create succeeds all the same. */
  recoversLostReplies?: boolean;
  newTarget(): Promise<ContractTarget>;
  /** Makes a second target of the same name. */
  twin(target: ContractTarget): Promise<void>;
  removeTarget(target: ContractTarget): Promise<void>;
  /** How many points the platform itself has of the target. */
  count(target: ContractTarget): Promise<number>;
  /** Every task from now on takes so long. */
  taskTime(milliseconds: number): Promise<void>;
  /** The next create is accepted and its reply lost. */
  loseNextReply(): Promise<void>;
  stop(): Promise<void>;
}
