import { Server, ServerCredentials } from "@grpc/grpc-js";
import { Callbacks } from "./callbacks";
import type { CheckpointFile } from "./checkpoint";
import type { StackConfig } from "./config";
import { Deleter } from "./deleter";
import { engineService } from "./engine-log";
import { Executor } from "./executor";
import { Hooks } from "./hooks";
import { Monitor } from "./monitor";
import { Planner } from "./planner";
import { PluginHost, type PluginHostOptions } from "./plugin-host";
import { Program, type ProgramOptions } from "./program";
import { ProviderRegistry } from "./provider-registry";
import { Refresher } from "./refresher";
import { Registrar } from "./registrar";
import { Run, type RunOptions } from "./run";
import { StackState } from "./stack-state";
import { Stopwatch } from "./stopwatch";
import { BailError, type EngineEvent } from "./types";
import type { Place } from "./urn";

export interface OperationOptions extends RunOptions {
  place: Place;
  config: StackConfig;
  checkpoint: CheckpointFile;
  plugins: PluginHostOptions;
  program: Pick<ProgramOptions, "directory" | "main" | "nodePath" | "environment">;
  onEvent(event: EngineEvent): void;
  signal?: AbortSignal;
}

/** How long a program may take to end when there is nothing left for it to do. Milliseconds. */
const PROGRAM_GRACE = 5000;

/** Everything that one operation has, put together; and what operations are made of. */
export class Operation {
  readonly run: Run;
  readonly state: StackState;
  readonly executor: Executor;
  readonly planner: Planner;
  readonly registrar: Registrar;
  readonly rpc = new Stopwatch();
  readonly starting = new Stopwatch();
  private readonly server: Server;
  private readonly host: PluginHost;
  private readonly monitor: Monitor;
  private readonly callbacks = new Callbacks();
  private readonly onAbort: () => void;
  private programStarted: () => void = () => {};

  private constructor(
    private readonly options: OperationOptions,
    server: Server,
    private readonly address: string,
    forwardLog: { to?: Run },
  ) {
    this.server = server;
    const { checkpoint, preview } = options;
    this.state = new StackState(checkpoint.start, (content) => {
      if (!preview) checkpoint.save(content);
    });
    this.host = new PluginHost(options.plugins, address, this.rpc, this.starting);
    const registry = new ProviderRegistry(this.host);
    const hooks = new Hooks(this.callbacks, preview, (severity, text, urn) => this.run.report(severity, text, urn));
    this.run = new Run(options.place, options, this.state, registry, hooks, options.onEvent);
    forwardLog.to = this.run;
    this.executor = new Executor(this.run);
    this.planner = new Planner(this.run);
    this.registrar = new Registrar(this.run, this.planner, this.executor, options.config);
    this.monitor = new Monitor(this.run, this.registrar, hooks, this.callbacks, () => this.programStarted());
    server.addService(this.monitor.definition, this.monitor.handlers);
    this.onAbort = () => {
      this.run.cancel();
      void this.host.cancel();
    };
  }

  static async open(options: OperationOptions): Promise<Operation> {
    const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
    const forwardLog: { to?: Run } = {};
    const log = engineService((diagnostic) => {
      if (diagnostic.severity === "debug" || forwardLog.to === undefined) return;
      if (diagnostic.severity === "error") forwardLog.to.failed = true;
      forwardLog.to.event({ kind: "diagnostic", diagnostic });
    });
    server.addService(log.definition, log.handlers);
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    const operation = new Operation(options, server, `127.0.0.1:${port}`, forwardLog);
    if (options.signal?.aborted) operation.onAbort();
    options.signal?.addEventListener("abort", operation.onAbort, { once: true });
    return operation;
  }

  async close(): Promise<void> {
    this.options.signal?.removeEventListener("abort", this.onAbort);
    await this.host.stop();
    this.callbacks.close();
    this.server.forceShutdown();
  }

  warnOfInterrupted(): void {
    const { interrupted } = this.state;
    if (interrupted.length === 0 || this.options.preview) return;
    const list = interrupted.map(({ resource, type }) => `  * ${resource.urn}, interrupted while ${type}`).join("\n");
    this.run.report(
      "warning",
      `Attempting to deploy or update resources with ${interrupted.length} pending operations from previous deployment.\n` +
        `${list}\nThese resources are in an unknown state because the engine was interrupted while waiting for changes to ` +
        "them to complete. Check what became of them; a refresh clears the pending operations, except for creates.",
    );
  }

  async refresh(onlyFlagged = false): Promise<void> {
    const refresher = new Refresher(this.run, this.executor);
    await this.guarded(() => refresher.all((state) => !onlyFlagged || state.refreshBeforeUpdate === true));
  }

  hasFlagged(): boolean {
    return this.state.base.some((state) => state.refreshBeforeUpdate);
  }

  /** Delete hooks are functions of the program: without it they cannot be called, and without them nothing is deleted. */
  mayDelete(): boolean {
    const hooked = this.state.base.filter(({ resourceHooks = {} }) =>
      [resourceHooks.beforeDelete, resourceHooks.afterDelete].some((names) => names !== undefined && names.length > 0),
    );
    for (const { urn, resourceHooks = {} } of hooked) {
      const names = [...(resourceHooks.beforeDelete ?? []), ...(resourceHooks.afterDelete ?? [])].join(", ");
      this.run.report(
        "error",
        `Resource has delete hooks registered, but the program is not running. Hooks: ${names}`,
        urn,
      );
    }
    if (hooked.length > 0)
      this.run.report("error", "You must run with the `--run-program` flag to use delete hooks during destroy.");
    return hooked.length === 0;
  }

  /** Runs the program to its end and then deletes what it did not ask for. */
  async runProgram(): Promise<void> {
    const { place, config, parallel, preview, program } = this.options;
    this.programStarted = onceOnly(this.starting.start());
    const child = new Program({
      ...program,
      ...{ place, config, parallel, preview, address: this.address },
      onLine: (message) => {
        const urn = this.registrar.rootUrn;
        this.run.event({ kind: "diagnostic", diagnostic: { severity: "info", message, ...(urn ? { urn } : {}) } });
      },
    });
    try {
      await this.untilDone(child);
    } finally {
      this.programStarted();
      this.monitor.releaseProgram();
      const late = setTimeout(() => void child.stop(), PROGRAM_GRACE);
      await child.exit.catch(() => {});
      clearTimeout(late);
    }
  }

  async deleteUnwanted(): Promise<void> {
    await this.guarded(() => new Deleter(this.run, this.planner, this.executor).all());
  }

  private async untilDone(child: Program): Promise<void> {
    const stopped = new Promise<"stopped">((resolve) => {
      if (this.run.stopped.aborted) resolve("stopped");
      this.run.stopped.addEventListener("abort", () => resolve("stopped"));
    });
    const ended = child.exit.catch((error: Error) => error);
    const outcome = await Promise.race([this.monitor.finished.then(() => 0), ended, stopped]);
    if (outcome instanceof Error) {
      this.run.report("error", `the program could not be started: ${outcome.message}`);
      this.run.stop();
    } else if (typeof outcome === "number" && outcome !== 0 && !this.run.stopped.aborted) {
      // The SDK has explained itself when it ends with this code.
      const explained = outcome === 32;
      const told = child.stderr === "" ? "" : `:\n${child.stderr}`;
      if (!explained || told !== "")
        this.run.report("error", `program exited with non-zero exit code: ${outcome}${told}`);
      this.run.failed = true;
      this.run.stop();
    }
    await this.executor.idle();
    const complete = outcome === 0 && !this.run.stopped.aborted;
    if (complete && (!this.run.failed || this.options.continueOnError || this.options.preview))
      await this.deleteUnwanted();
    await this.executor.idle();
    this.registrar.finishStack(this.run.failed || this.run.canceled);
  }

  /** Turns what is thrown by a part of the run into its report. */
  async guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof BailError))
        this.run.report("error", error instanceof Error ? error.message : String(error));
      this.run.failed = true;
      this.run.stop();
    }
  }
}

function onceOnly(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}
