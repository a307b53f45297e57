import type { Hypervisor } from "../../provider/hypervisors/contract";

/** A target that no other test uses. */
export interface ContractTarget {
  id: string;
  name: string;
}

/** A driver under test, and what a test does to its platform behind the driver's back. */
export interface ContractPlatform {
  hypervisor: Hypervisor;
  /** The platform decodes names, so that one with a literal `%2f` cannot be told from one with a slash. */
  decodesNames?: boolean;
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
