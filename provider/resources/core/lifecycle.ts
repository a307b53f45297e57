import type { Hypervisor } from "../../hypervisors/contract";
import type { Progress } from "../../waiting";
import type { FieldTable } from "./fields";
import type { ProcessMemory } from "./memory";

/** Inputs and outputs as they travel: plain JSON values, secrets already unwrapped by the face. */
export type Values = Record<string, unknown>;

/** What a face (dynamic or plugin) gives every lifecycle call. */
export interface Context {
  /** The hypervisor behind a named connection; opening it makes no request. @throws `bad-input` for an unknown name. */
  hypervisor(connection: string): Hypervisor;
  /** Aborted when the user cancels. */
  signal: AbortSignal;
  /** News for the resource's own row. */
  report(progress: Progress): void;
  memory: ProcessMemory;
  /** The resource's URN where the face knows it; otherwise the `owner` input carries it. */
  owner?: string;
  /** Milliseconds that the engine allows for this call (`customTimeouts`); shorter than the resource's own wins. */
  timeout?: number;
  /** @default Date.now */
  now?: () => number;
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

/** One resource's whole life, free of Pulumi and of HTTP. */
export interface Lifecycle {
  /** `Snapshot`, `RecoveryPoint`, `ConsolidationTask`. */
  readonly type: string;
  readonly fields: FieldTable;
  /** Names of outputs that are no inputs, for the face to declare. */
  readonly outputs: Record<string, string>;
  check(olds: Values | undefined, news: Values, context: Context): Promise<CheckResult>;
  diff(id: string, state: Values, news: Values, context: Context): Promise<DiffResult>;
  create(inputs: Values, context: Context): Promise<Created>;
  /** Undefined only when the platform positively says that the thing is gone. */
  read(id: string, state: Values, context: Context): Promise<ReadResult | undefined>;
  update(id: string, state: Values, news: Values, context: Context): Promise<Values>;
  delete(id: string, state: Values, context: Context): Promise<void>;
}

/**
 * Thrown when the platform has begun something that is not finished: the face saves the id and outputs, marked as not
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
