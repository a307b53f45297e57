import { asSnapstateError, isSnapstateError } from "../../core/errors";
import type { Clock, Progress } from "../../core/operation";
import type { Driver } from "../../platforms/contract";
import type { FieldTable } from "../../schema/fields";
import type { OutputTable } from "../../schema/outputs";
import type { CheckFailure, Values } from "../../schema/values";
import type { ProcessMemory } from "./memory";
import type { Plan, Prior } from "./plan";
import type { Finding } from "./preflight";

export type { CheckFailure, Values } from "../../schema/values";

/** What an adapter passes to every lifecycle call. */
export interface Context {
  /**
   * The driver behind a named connection. Opening it makes no request.
   *
   * @throws `bad-input` for an unknown name.
   */
  driver(connection: string): Driver;
  /** Aborted when the user cancels. */
  signal: AbortSignal;
  /** Progress for the resource's own row. */
  report(progress: Progress): void;
  memory: ProcessMemory;
  /** The resource's identity, the same in every run: its marker is derived from it. Absent for a query. */
  identity?: string;
  /** The resource that a create replaces, as far as the engine has shown it in this run. */
  replaces?: Replaced;
  /** {@link Created.takenOver} of a create of the same identity in this run, or of the state that the run keeps. */
  takenOver?: string;
  /**
   * The engine may keep an older state of what a create has taken over, and delete it in a later run: a create counts its
   * take-over on the platform, and a delete compares the count. @default false
   */
  claims?: boolean;
  /** The resource was imported in this run, which therefore must not change it. @default false */
  imported?: boolean;
  /**
   * Milliseconds that the engine allows for this call. A shorter limit of the resource takes precedence.
   */
  timeout?: number;
  /** A state is compared with earlier inputs, without a program: nothing is refused or forecast. @default false */
  compareOnly?: boolean;
  /** @default Date.now */
  now?: () => number;
  /** Used by all waits. @default the real clock */
  clock?: Clock;
}

export interface CheckResult {
  inputs: Values;
  failures: CheckFailure[];
  /** Shown at preview; they do not stop anything. */
  warnings: string[];
}

export interface DiffResult {
  /** Inputs that change in place. */
  updates: string[];
  /** Inputs whose change means another point in time. */
  replaces: string[];
  deleteBeforeReplace: boolean;
}

export interface Created {
  id: string;
  outputs: Values;
  /**
   * Identifies what existed before and carries this resource's marker. To the create, a forced replacement looks like
   * the end of an interrupted run; a delete of the same identity that is given this leaves the thing on the platform.
   */
  takenOver?: string;
}

export interface Replaced {
  marker?: string;
  state?: Values;
}

export interface ReadResult {
  id: string;
  outputs: Values;
  /** The inputs that a program would state to get what exists. */
  inputs: Values;
}

/** Something that exists on the platform, with the id by which it can be imported. */
export interface Listed {
  id: string;
  name: string;
}

/** The life of one resource, independent of engines and HTTP. */
export interface Lifecycle {
  /** `Snapshot`, `RecoveryPoint`, `ConsolidationTask`. */
  readonly type: string;
  /** The package module it is in, for resources that only one platform has. @default "index" */
  readonly module?: string;
  /** What the resource is, in one or two sentences, for the schema. */
  readonly description: string;
  readonly fields: FieldTable;
  /** Outputs that are not inputs, for the adapters, the schema and the docs. */
  readonly outputs: OutputTable;
  /**
   * What a run would do, given the program's inputs, the prior state, and an observation of the platform. Changes
   * nothing.
   */
  plan(prior: Prior | undefined, news: Values, context: Context): Promise<Plan>;
  /** {@link plan} of the program's inputs. @param olds those of the last run */
  check(olds: Values | undefined, news: Values, context: Context): Promise<CheckResult>;
  /** {@link plan} against a state. @throws SnapstateError for what it refuses */
  diff(id: string, state: Values, news: Values, context: Context): Promise<DiffResult>;
  create(inputs: Values, context: Context): Promise<Created>;
  /** Undefined only when the platform proves that the object is gone. */
  read(id: string, state: Values, context: Context): Promise<ReadResult | undefined>;
  update(id: string, state: Values, news: Values, context: Context): Promise<Values>;
  delete(id: string, state: Values, context: Context): Promise<void>;
  /** {@link Created.takenOver} of what a state describes; absent for a resource whose create takes nothing over. */
  keyOf?(state: Values): string | undefined;
  /** Why a delete would be refused, as far as the state alone shows, for an engine that plans deletes. */
  refuseDelete?(state: Values): Finding[];
  /** What exists and could be imported; absent for a resource that is an action. */
  list?(args: Values, context: Context): AsyncIterable<Listed>;
}

/**
 * Thrown when the platform has started something that is not finished: the adapter saves the id and outputs, marked as
 * not initialised, and the next run calls `update`, which finishes it.
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

/**
 * Thrown by an operation when the platform has started something that is not finished. A lifecycle converts it to a
 * {@link PartialStateError}; callers without a state report the cause.
 */
export class UnfinishedError<Known extends object = object> extends Error {
  override readonly name = "UnfinishedError";
  constructor(
    /** The id that a resource gets. */
    readonly id: string,
    /** Known outputs. */
    readonly known: Known,
    readonly reasons: string[],
    cause: unknown,
  ) {
    super(reasons.join(" "), { cause });
  }
}

/** Converts a failure of an operation for the adapter: a partial state if it is unfinished. */
export function partialState(inputs: Values, failure: unknown): unknown {
  if (!(failure instanceof UnfinishedError)) return failure;
  const { id, known, reasons, cause } = failure;
  const [first = failure.message, ...others] = reasons;
  return new PartialStateError(id, { ...inputs, ...known }, [first, ...others], { cause });
}

/** Milliseconds since the epoch, by the context's clock. */
export function timeOf({ now }: Pick<Context, "now">): number {
  return now?.() ?? Date.now();
}

/**
 * Converts a failure to finish an interrupted create. The id in the state is kept, and the state must still record an
 * unfinished create, or the next run would treat the resource as complete.
 */
export function stillUnfinished(id: string, values: Values, error: unknown): unknown {
  if (error instanceof PartialStateError) {
    return new PartialStateError(id, { ...values, ...error.outputs }, error.reasons, { cause: error });
  }
  if (!isSnapstateError(error)) return error;
  return new PartialStateError(id, values, [asSnapstateError(error, "finish the create").message], { cause: error });
}
