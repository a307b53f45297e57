import type { Clock, Progress } from "../../core/operation";
import type { Driver } from "../../platforms/contract";
import type { FieldTable } from "../../schema/fields";
import type { OutputTable } from "../../schema/outputs";
import type { ProcessMemory } from "./memory";
import type { Plan, Prior } from "./plan";
import type { Finding } from "./preflight";

/** Inputs and outputs as they travel: plain JSON values, secrets already unwrapped by the adapter. */
export type Values = Record<string, unknown>;

/** What an adapter (dynamic or plugin) gives every lifecycle call. */
export interface Context {
  /** The hypervisor behind a named connection; opening it makes no request. @throws `bad-input` for an unknown name. */
  driver(connection: string): Driver;
  /** Aborted when the user cancels. */
  signal: AbortSignal;
  /** News for the resource's own row. */
  report(progress: Progress): void;
  memory: ProcessMemory;
  /** The resource's URN where the adapter knows it; otherwise the `owner` input carries it. */
  owner?: string;
  /** Milliseconds that the engine allows for this call (`customTimeouts`). A shorter one of the resource's own wins. */
  timeout?: number;
  /** A state is compared with inputs of before, without a program: nothing is refused or foretold. @default false */
  refreshing?: boolean;
  /** @default Date.now */
  now?: () => number;
  /** Of all waits. @default the real one */
  clock?: Clock;
}

export interface CheckFailure {
  /** Path of the input: `timeouts.create`. */
  property: string;
  reason: string;
}

export interface CheckResult {
  inputs: Values;
  failures: CheckFailure[];
  /** Said at preview; they do not stop anything. */
  warnings: string[];
}

export interface DiffResult {
  /** Inputs that change in place. */
  updates: string[];
  /** Inputs whose change makes another point in time. */
  replaces: string[];
  deleteBeforeReplace: boolean;
}

export interface Created {
  id: string;
  outputs: Values;
}

export interface ReadResult {
  id: string;
  outputs: Values;
  /** The inputs that a program would write to get what is there. */
  inputs: Values;
}

/** Something that exists on the platform, by the id with which it can be imported. */
export interface Listed {
  id: string;
  name: string;
}

/** One resource's whole life, free of Pulumi and of HTTP. */
export interface Lifecycle {
  /** `Snapshot`, `RecoveryPoint`, `ConsolidationTask`. */
  readonly type: string;
  /** The package's module that it is in, for what only one platform has. @default "index" */
  readonly module?: string;
  /** What the resource is, in one or two sentences, for the schema. */
  readonly description: string;
  readonly fields: FieldTable;
  /** Outputs that are no inputs, for the adapters, the schema and the docs. */
  readonly outputs: OutputTable;
  /** What a run would do, from the program's inputs, what was there before, and a look at the platform. Changes nothing. */
  plan(prior: Prior | undefined, news: Values, context: Context): Promise<Plan>;
  /** {@link plan} of the program's inputs. @param olds those of the last run */
  check(olds: Values | undefined, news: Values, context: Context): Promise<CheckResult>;
  /** {@link plan} against a state. @throws SnapstateError for what it refuses */
  diff(id: string, state: Values, news: Values, context: Context): Promise<DiffResult>;
  create(inputs: Values, context: Context): Promise<Created>;
  /** Undefined only when the platform positively says that the thing is gone. */
  read(id: string, state: Values, context: Context): Promise<ReadResult | undefined>;
  update(id: string, state: Values, news: Values, context: Context): Promise<Values>;
  delete(id: string, state: Values, context: Context): Promise<void>;
  /** Why a delete would refuse, as far as the state alone tells, for an engine that plans deletes. */
  refuseDelete?(state: Values): Finding[];
  /** What exists and could be imported; absent where a resource is a thing done, and not a thing there. */
  list?(args: Values, context: Context): AsyncIterable<Listed>;
}

/**
 * Thrown when the platform has begun something that is not finished: the adapter saves the id and outputs, marked as not
 * initialised, and the next run calls `update`, which finishes it.
 */
export class PartialStateError extends Error {
  override readonly name = "PartialStateError";
  constructor(
    readonly id: string,
    readonly outputs: Values,
    /** Never empty: the engine forgets a partial state without reasons. */
    readonly reasons: [string, ...string[]],
    options?: { cause?: unknown },
  ) {
    super(reasons.join(" "), options);
  }
}
