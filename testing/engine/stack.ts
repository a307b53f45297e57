import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Semaphore } from "async-mutex";
import { CheckpointFile } from "./checkpoint";
import { Deployment, HaltedError } from "./deployment";
import { makeUrn } from "./goal";
import { EngineServer } from "./monitor";
import { runProgram } from "./program";
import { type PluginSource, Providers } from "./providers";
import { removeAll } from "./removals";
import { StackState } from "./stack-state";
import { stepOf } from "./steps";
import type { Diagnostic, EngineEvent, Properties, ResourceState, Step, StepOp } from "./types";
import { changedKeys, reveal, secret } from "./values";

export interface StackOptions {
  /** Folder of the program, with its Pulumi.yaml. */
  programDirectory: string;
  /** Entry of the program. @default `main` in Pulumi.yaml, or the package's */
  main?: string;
  /** @default the `name` in Pulumi.yaml */
  project?: string;
  /** @default "dev" */
  stack?: string;
  /** @default ".snapstate/<stack>.json" in the program's folder */
  stateFile?: string;
  /** @default "" */
  passphrase?: string;
  /** By full key, `snapstate:connections`. */
  config?: Record<string, string | { secret: string }>;
  /** On top of this process's environment; undefined takes a variable away. */
  environment?: Record<string, string | undefined>;
  /** @default 10 */
  parallel?: number;
  /** Runs the program and the dynamic provider. @default this process's */
  nodePath?: string;
  plugins?: Record<string, PluginSource>;
  onEvent?(event: EngineEvent): void;
}

export interface RunOptions {
  targets?: string[];
  replace?: string[];
  refresh?: boolean;
  continueOnError?: boolean;
  /** Aborted on the user's first Ctrl-C. */
  signal?: AbortSignal;
}

export interface RunResult {
  ok: boolean;
  steps: Step[];
  /** How many steps of each kind, and of resources that stay. */
  summary: Partial<Record<StepOp, number>>;
  diagnostics: Diagnostic[];
  outputs: Properties;
  /** Why it is not ok. */
  error?: string;
  /** Milliseconds. `provider` is the time in which a provider was at work, `engine` the rest. */
  timings: { total: number; provider: number; engine: number };
}

type Kind = "preview" | "up" | "refresh" | "destroy" | "import";

/** A stack on the embedded engine: what the `pulumi` command does, in this process, for programs on the Node SDK. */
export class EmbeddedStack {
  readonly project: string;
  readonly stack: string;
  readonly stateFile: string;

  constructor(private readonly options: StackOptions) {
    const name = options.project ?? projectSetting(options.programDirectory, "name");
    if (name === undefined) throw new Error("Pulumi.yaml has no name");
    this.project = name;
    this.stack = options.stack ?? "dev";
    this.stateFile = options.stateFile ?? join(options.programDirectory, ".snapstate", `${this.stack}.json`);
  }

  preview(run: RunOptions = {}): Promise<RunResult> {
    return this.run("preview", run, (session) => session.program());
  }

  up(run: RunOptions = {}): Promise<RunResult> {
    return this.run("up", run, (session) => session.program());
  }

  refresh(run: RunOptions = {}): Promise<RunResult> {
    return this.run("refresh", run, (session) => session.refresh());
  }

  destroy(run: RunOptions = {}): Promise<RunResult> {
    return this.run("destroy", run, (session) => session.destroy());
  }

  /** `pulumi import TYPE NAME ID`: takes a resource that is there into the state. */
  importResource(type: string, name: string, id: string): Promise<RunResult> {
    return this.run("import", {}, (session) => session.importResource(type, name, id));
  }

  /** The checkpoint's resources, secrets revealed. */
  resources(): ResourceState[] {
    const { start } = CheckpointFile.open(this.stateFile, this.options.passphrase ?? "");
    return start.resources.map((state) => ({ ...state, inputs: reveal(state.inputs), outputs: reveal(state.outputs) }));
  }

  urn(type: string, name: string): string {
    return makeUrn({ project: this.project, stack: this.stack }, type, name, "");
  }

  private async run(kind: Kind, run: RunOptions, work: (session: RunSession) => Promise<void>): Promise<RunResult> {
    const began = performance.now();
    const session = await RunSession.open(this, this.options, kind, run);
    try {
      await work(session);
    } catch (error) {
      if (!(error instanceof HaltedError)) session.fail(error instanceof Error ? error.message : String(error));
    } finally {
      await session.close();
    }
    return session.result(performance.now() - began);
  }
}

/** One run of one command. */
class RunSession {
  private readonly diagnostics: Diagnostic[] = [];
  private readonly ended = new AbortController();
  private provider = 0;
  private error: string | undefined;

  private constructor(
    private readonly stack: EmbeddedStack,
    private readonly options: StackOptions,
    private readonly kind: Kind,
    private readonly runOptions: RunOptions,
    private readonly server: EngineServer,
    private readonly address: string,
    private readonly providers: Providers,
    private readonly deployment: Deployment,
  ) {}

  static async open(stack: EmbeddedStack, options: StackOptions, kind: Kind, run: RunOptions): Promise<RunSession> {
    const emit = (event: EngineEvent) => session.emit(event);
    const server = new EngineServer((diagnostic) => emit({ kind: "diagnostic", diagnostic }));
    const address = await server.listen();
    const providers = new Providers({
      nodePath: options.nodePath ?? process.execPath,
      programDirectory: resolve(options.programDirectory),
      engineAddress: address,
      environment: environmentOf(stack, options),
      plugins: options.plugins ?? {},
      onLine: (line, stream) => session.line(line, stream),
    });
    const file = CheckpointFile.open(stack.stateFile, options.passphrase ?? "");
    const state = new StackState(kind === "preview" ? undefined : file, file.start);
    const config = Object.entries(options.config ?? {}).map(([key, value]) => [
      key,
      typeof value === "string" ? value : secret(value.secret),
    ]);
    const deployment = new Deployment(state, providers, {
      place: { project: stack.project, stack: stack.stack },
      preview: kind === "preview",
      parallel: options.parallel ?? 10,
      targets: new Set(run.targets),
      replace: new Set(run.replace),
      continueOnError: run.continueOnError ?? false,
      refreshFirst: run.refresh ?? false,
      config: Object.fromEntries(config),
      emit,
    });
    const session: RunSession = new RunSession(stack, options, kind, run, server, address, providers, deployment);
    session.begin();
    return session;
  }

  private begin(): void {
    this.server.deployment = this.deployment;
    for (const { resource, type } of this.deployment.state.interrupted) {
      const message = `Attempting to deploy or update resources with 1 pending operation from a previous deployment: ${type} ${resource.urn}. Its outcome is not known`;
      this.emit({
        kind: "diagnostic",
        diagnostic: { severity: "warning", message, urn: resource.urn, ephemeral: false },
      });
    }
    const { signal } = this.runOptions;
    const cancel = () => {
      this.deployment.halt("cancelled");
      void this.providers.cancel();
    };
    if (signal?.aborted) cancel();
    else signal?.addEventListener("abort", cancel, { once: true });
  }

  async program(): Promise<void> {
    const { programDirectory, main, nodePath, environment } = this.options;
    const config = Object.entries(this.options.config ?? {});
    const code = await runProgram(
      {
        nodePath: nodePath ?? process.execPath,
        directory: resolve(programDirectory),
        main: `./${main ?? projectSetting(programDirectory, "main") ?? ""}`,
        project: this.stack.project,
        stack: this.stack.stack,
        address: this.address,
        preview: this.kind === "preview",
        parallel: this.options.parallel ?? 10,
        environment: { ...environmentOf(this.stack, this.options), ...environment },
        config: Object.fromEntries(
          config.map(([key, value]) => [key, typeof value === "string" ? value : value.secret]),
        ),
        secretKeys: config.filter(([, value]) => typeof value !== "string").map(([key]) => key),
        onLine: (line, stream) => this.line(line, stream),
      },
      this.ended.signal,
    );
    await this.server.idle();
    this.deployment.throwIfHalted();
    // With a failed resource the SDK ends the program itself; what was asked for is not known in full, so nothing is removed.
    if (this.deployment.failures > 0) return;
    if (code !== 0) throw new Error(`the program exited with code ${code}`);
    const { state, seen, options } = this.deployment;
    const unseen = [...state.olds.values()].filter(({ urn }) => !seen.has(urn));
    const doomed = options.targets.size > 0 ? unseen.filter(({ urn }) => options.targets.has(urn)) : unseen;
    await removeAll(this.deployment, [...doomed, ...state.condemned], this.parallel);
  }

  async refresh(): Promise<void> {
    const slots = new Semaphore(this.parallel);
    const { state, options } = this.deployment;
    const wanted = [...state.olds.values()].filter((old) => options.targets.size === 0 || options.targets.has(old.urn));
    const each = wanted.filter((old) => old.custom && !old.type.startsWith("pulumi:providers:"));
    await Promise.all(each.map((old) => slots.runExclusive(() => this.refreshOne(old))));
  }

  private async refreshOne(old: ResourceState): Promise<void> {
    if (this.deployment.halted) return;
    const step = stepOf("refresh", old.urn, old, undefined);
    const work = async () => {
      const read = await this.deployment.refresh(old);
      if (read === undefined) step.op = "delete";
      else step.diff = changedKeys(old.outputs, read.outputs);
      return read;
    };
    await this.deployment.doing(step, work).catch(() => {});
  }

  async destroy(): Promise<void> {
    const { state, options } = this.deployment;
    const all = [...state.olds.values(), ...state.condemned];
    await removeAll(
      this.deployment,
      options.targets.size > 0 ? all.filter(({ urn }) => options.targets.has(urn)) : all,
      this.parallel,
    );
  }

  async importResource(type: string, name: string, id: string): Promise<void> {
    const { state, options } = this.deployment;
    const goal = {
      type,
      name,
      custom: true,
      parent: "",
      inputs: {},
      dependencies: [],
      propertyDependencies: {},
      provider: "",
      version: "",
      deletedWith: "",
      ignoreChanges: [],
      replaceOnChanges: [],
      additionalSecretOutputs: [],
      aliases: [],
      importId: id,
    };
    const provider = this.deployment.defaults.providerOf(goal);
    const client = await this.providers.client(provider);
    const urn = makeUrn(options.place, type, name, "");
    await this.deployment.doing(stepOf("import", urn, undefined, undefined), async () => {
      const reply = await client.read({ urn, name, type }, id, undefined, undefined);
      if (reply.id === "") throw new Error(`Resource '${id}' does not exist`);
      const made = {
        urn,
        custom: true,
        type,
        id: reply.id,
        inputs: reply.inputs ?? {},
        outputs: reply.outputs,
        provider: `${provider.urn}::${provider.id}`,
        protect: true,
        importID: id,
      };
      state.put(made);
      return made;
    });
  }

  fail(message: string): void {
    this.error ??= message;
  }

  async close(): Promise<void> {
    this.ended.abort();
    this.provider = await this.providers.busyMilliseconds();
    await this.providers.stopAll();
    this.server.close();
  }

  result(total: number): RunResult {
    const { steps, halted, failures } = this.deployment;
    const summary: Partial<Record<StepOp, number>> = {};
    for (const step of steps) {
      const counted = step.error === undefined && !step.type.startsWith("pulumi:providers:");
      if (counted) summary[step.op] = (summary[step.op] ?? 0) + 1;
    }
    const failed = steps.find((step) => step.error !== undefined)?.error;
    const why =
      this.error ??
      (halted === "cancelled" ? "update canceled" : failed) ??
      (failures > 0 ? this.lastError() : undefined);
    return {
      ok: why === undefined,
      steps: steps.filter((step) => !step.type.startsWith("pulumi:providers:")),
      summary,
      diagnostics: this.diagnostics,
      outputs: reveal(this.server.outputs),
      ...(why === undefined ? {} : { error: why }),
      timings: { total, provider: this.provider, engine: Math.max(0, total - this.provider) },
    };
  }

  private lastError(): string {
    return this.diagnostics.findLast(({ severity }) => severity === "error")?.message ?? "update failed";
  }

  private get parallel(): number {
    return this.options.parallel ?? 10;
  }

  private emit(event: EngineEvent): void {
    // The SDK tells every RPC at the debug level.
    if (event.kind === "diagnostic" && event.diagnostic.severity === "debug") return;
    if (event.kind === "diagnostic") this.diagnostics.push(event.diagnostic);
    this.options.onEvent?.(event);
  }

  private line(line: string, stream: "stdout" | "stderr"): void {
    if (line.trim() === "") return;
    const severity = stream === "stderr" ? "error" : "info";
    this.emit({ kind: "diagnostic", diagnostic: { severity, message: line, ephemeral: false } });
  }
}

function environmentOf(stack: EmbeddedStack, options: StackOptions): NodeJS.ProcessEnv {
  const names = {
    PULUMI_NODEJS_PROJECT: stack.project,
    PULUMI_NODEJS_STACK: stack.stack,
    PULUMI_PROJECT: stack.project,
  };
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
  const merged: NodeJS.ProcessEnv = { ...inherited, ...names, ...options.environment };
  for (const key of Object.keys(merged)) if (merged[key] === undefined) delete merged[key];
  return merged;
}

/** One of the two plain texts the engine needs of a Pulumi.yaml. */
function projectSetting(directory: string, key: "name" | "main"): string | undefined {
  return new RegExp(`^${key}:\\s*["']?([\\w./-]+)`, "m").exec(
    readFileSync(join(directory, "Pulumi.yaml"), "utf8"),
  )?.[1];
}
