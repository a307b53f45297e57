import type { Diff } from "./property-diff";
import type { Properties } from "./types";

/** What a provider is told of the resource a call is about. */
export interface Subject {
  urn: string;
  name: string;
  type: string;
}

export interface CheckReply {
  inputs: Properties;
  failures: { property: string; reason: string }[];
}

/** `unknown`: the engine compares inputs. `unavailable`: the provider cannot be asked yet, which is said to the user. */
export type DiffReply = Omit<Diff, "changes"> & { changes: boolean | "unknown" | "unavailable" };

export interface DiffQuestion {
  id: string;
  oldInputs: Properties;
  oldOutputs: Properties;
  newInputs: Properties;
  ignoreChanges: readonly string[];
}

export interface StateReply {
  id: string;
  outputs: Properties;
  inputs?: Properties;
  refreshBeforeUpdate: boolean;
}

/** The provider began something that is not finished: what there is must be kept. */
export class InitError extends Error {
  constructor(
    readonly state: StateReply,
    readonly reasons: string[],
  ) {
    super(reasons.length === 0 ? "resource init failed" : reasons.join("\n"));
  }
}

/** What manages custom resources: a plugin, or the engine itself for the resources that stand for plugins. */
export interface Provider {
  check(subject: Subject, olds: Properties | undefined, news: Properties): Promise<CheckReply>;
  diff(subject: Subject, question: DiffQuestion): Promise<DiffReply>;
  create(subject: Subject, inputs: Properties, timeout: number, preview: boolean): Promise<StateReply>;
  update(subject: Subject, question: DiffQuestion, timeout: number, preview: boolean): Promise<StateReply>;
  /** @param state unset on an import, where nothing but the id is known. */
  read(
    subject: Subject,
    id: string,
    state?: { inputs: Properties; outputs: Properties },
  ): Promise<StateReply & { exists: boolean }>;
  delete(subject: Subject, id: string, inputs: Properties, outputs: Properties, timeout: number): Promise<void>;
}
