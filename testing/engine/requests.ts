import type { PluginSource } from "./plugin-host";
import type { Diagnostic, EngineEvent, OpKind, Properties, StepInfo } from "./types";

export interface StackOptions {
  /** The folder of the program, usually with a `Pulumi.yaml`. */
  programDirectory: string;
  /** The program's file or folder. @default the project's `main` */
  main?: string;
  /** @default the project's `name` */
  project?: string;
  /** @default "dev" */
  stack?: string;
  /** Where the state is kept; in memory when left out. */
  stateFile?: string;
  /** Encrypts secrets in the state. @default PULUMI_CONFIG_PASSPHRASE, or nothing */
  passphrase?: string;
  /** Keys without a namespace are the project's. */
  config?: Record<string, string | { secret: string }>;
  /** Added to the environment of the program and of providers; undefined takes a variable away. */
  environment?: Record<string, string | undefined>;
  /** @default 10 */
  parallel?: number;
  onEvent?: (event: EngineEvent) => void;
  /** The Node that runs the program and the dynamic provider. @default this one */
  nodePath?: string;
  /** Provider plugins by package name. `random` has a stand-in, and dynamic resources need none. */
  plugins?: Record<string, PluginSource>;
}

export interface OperationRequest {
  /** URNs; `*` stands for a part of one, `**` for any. */
  targets?: string[];
  targetDependents?: boolean;
  /** URNs to replace whatever their diff. */
  replace?: string[];
  /** Read everything before comparing. */
  refresh?: boolean;
  continueOnError?: boolean;
  /** Ends the operation as Ctrl-C ends that of the real engine: nothing new is begun, what runs is awaited. */
  signal?: AbortSignal;
}

export interface RefreshRequest extends OperationRequest {
  /** Forget creates that were interrupted, once somebody has looked what became of them. */
  clearPendingCreates?: boolean;
}

export interface DestroyRequest extends OperationRequest {
  /** Run the program, whose delete hooks are then called; it makes and changes nothing. @default false */
  runProgram?: boolean;
}

export interface Result {
  ok: boolean;
  summary: Record<OpKind, number>;
  steps: StepInfo[];
  /** The stack's outputs, secrets revealed. */
  outputs: Properties;
  /** The same with secrets still marked, for showing. */
  markedOutputs: Properties;
  diagnostics: Diagnostic[];
  error?: string;
  /** Milliseconds. Starting is that of the program and of plugins; provider, that spent waiting for their replies. */
  timings: { total: number; provider: number; starting: number; engine: number };
  /** What the Pulumi CLI would print, more or less. */
  text: string;
}

export type OperationKind = "preview" | "up" | "refresh" | "destroy" | "import";
