import { type SpawnOptions, spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { LocalWorkspace, PulumiCommand, type PulumiFn, type Stack } from "@pulumi/pulumi/automation";
import { companions, getEngine } from "../engines/engines";
import { type Adapter, isOurs } from "../support/adapter";
import { type ConnectionSettings, connectionOf } from "../support/connection";
import { packageRoot } from "../support/package-root";
import { type Properties, reveal } from "../support/protocol";
import type { Vcsim } from "../vcsim/launcher";
import { AttachedProvider } from "./attached";
import { linkModules } from "./modules";
import { Listener, type Outcome } from "./outcome";
import { type Declared, scenario } from "./program";
import { SECRETS_PROVIDER, vaultVariables } from "./vault";

export type { Adapter } from "../support/adapter";
export type { ConnectionSettings } from "../support/connection";
export type { Outcome } from "./outcome";
export type { Declared } from "./program";

export interface StackOptions {
  /** @default "plugin" */
  adapter?: Adapter;
  /** Settings in addition to the simulator's connection. */
  connection?: Record<string, unknown>;
  stack?: string;
  project?: string;
  /** Environment of the CLI and its child processes. */
  environment?: Record<string, string>;
  parallel?: number;
  /** Run the plugin as an {@link AttachedProvider}. @default false */
  attached?: boolean;
}

/** Options of an operation. */
export interface Run {
  targets?: string[];
  replace?: string[];
  refresh?: boolean;
  continueOnError?: boolean;
  clearPendingCreates?: boolean;
  signal?: AbortSignal;
}

export interface Kept {
  id: string;
  inputs: Properties;
  outputs: Properties;
  initErrors?: string[];
}

interface Deployment {
  resources?: { urn: string; id?: string; inputs?: Properties; outputs?: Properties; initErrors?: string[] }[];
  pending_operations?: { type: string; resource: { urn: string } }[];
}

const root = packageRoot(__dirname);
let command: Promise<PulumiCommand> | undefined;

/** The CLI with everything that it starts on its PATH: this Node, the dynamic provider, the plugin. */
export function pulumiCommand(): Promise<PulumiCommand> {
  command ??= getEngine("pulumi").then((engine) => {
    const sdk = dirname(require.resolve("@pulumi/pulumi/package.json"));
    const folders = [dirname(engine.path), dirname(process.execPath), join(root, "bin"), sdk];
    // Last, so that an installed CLI uses its own.
    process.env.PATH = [...folders, process.env.PATH, companions].join(delimiter);
    process.env.PULUMI_SKIP_UPDATE_CHECK = "true";
    // Its provider connects to simulators on this machine.
    process.env.NO_PROXY = "127.0.0.1,localhost";
    ignoreRejectionsOfFailedRuns();
    return PulumiCommand.get();
  });
  return command;
}

/** A stack of the real Pulumi CLI with a file backend and its own project folder. The program runs in this process. */
export class CliStack {
  readonly folder = mkdtempSync(join(tmpdir(), "snapstate-e2e-"));
  private program: PulumiFn = scenario([]);
  private readonly connections: string;
  private stack: Promise<Stack> | undefined;
  private plugin: AttachedProvider | undefined;

  constructor(
    connections: Record<string, Record<string, unknown>>,
    private readonly options: StackOptions = {},
  ) {
    this.connections = JSON.stringify(connections);
  }

  declare(...resources: Declared[]): void {
    this.program = scenario(resources);
  }

  /** Runs a custom program instead of declared resources. */
  runs(program: PulumiFn): void {
    this.program = program;
  }

  /** Uses this adapter from the next run on. */
  async take(adapter: Adapter): Promise<void> {
    await this.open();
    const text = readFileSync(this.settingsFile, "utf8");
    writeFileSync(this.settingsFile, text.replace(/(?<=snapstate:adapter: )\w+/, adapter));
  }

  preview = (run?: Run) => this.run(run, (stack, options) => stack.preview(options));
  up = (run?: Run) => this.run(run, (stack, options) => stack.up(options));
  refresh = (run?: Run) =>
    this.run(
      run,
      (stack, options) => stack.refresh({ ...options, clearPendingCreates: run?.clearPendingCreates ?? false }),
      true,
    );
  destroy = (run?: Run) => this.run(run, (stack, options) => stack.destroy(options));
  cancel = async () => (await this.open()).cancel();

  /** Resources of snapstate by name. */
  async state(): Promise<Record<string, Kept>> {
    const { resources = [] } = await this.deployment();
    return Object.fromEntries(
      resources
        .filter(({ urn }) => isOurs(typeIn(urn)))
        .map(({ urn, id = "", inputs = {}, outputs = {}, initErrors }) => [
          urn.split("::").at(-1) ?? urn,
          { id, inputs: reveal(inputs), outputs: reveal(outputs), ...(initErrors ? { initErrors } : {}) },
        ]),
    );
  }

  /** The state in the file backend: the same as `pulumi stack export` prints, without starting the CLI. */
  async deployment(): Promise<Deployment> {
    return existsSync(this.stateFile) ? (JSON.parse(this.stateText()).checkpoint.latest ?? {}) : {};
  }

  async outputs(): Promise<Properties> {
    const { resources = [] } = await this.deployment();
    return reveal(resources.find(({ urn }) => typeIn(urn) === "pulumi:pulumi:Stack")?.outputs ?? {});
  }

  /** The stored state as text. */
  stateText(): string {
    return readFileSync(this.stateFile, "utf8");
  }

  private get stateFile(): string {
    const { project = "scenario", stack = "dev" } = this.options;
    return join(this.folder, ".pulumi", "stacks", project, `${stack}.json`);
  }

  remove(): void {
    this.plugin?.stop();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  private async run(
    run: Run = {},
    work: (stack: Stack, options: object) => Promise<object>,
    refreshes = false,
  ): Promise<Outcome> {
    const stack = await this.open();
    stack.workspace.program = this.program;
    const { targets, replace, refresh, continueOnError, signal } = run;
    const flags = { target: targets, replace, refresh, continueOnError, signal };
    const listener = new Listener();
    const { onEvent, onOutput } = listener;
    const parallel = this.options.parallel ?? 10;
    try {
      await work(stack, { ...flags, parallel, onEvent, onOutput, color: "never", suppressProgress: true });
      return listener.outcome(undefined, refreshes);
    } catch (error) {
      return listener.outcome(error, refreshes);
    }
  }

  private get settingsFile(): string {
    return join(this.folder, "project", `Pulumi.${this.options.stack ?? "dev"}.yaml`);
  }

  open(): Promise<Stack> {
    this.stack ??= this.create();
    return this.stack;
  }

  private async create(): Promise<Stack> {
    const { folder } = this;
    const { project = "scenario", stack = "dev", environment = {}, adapter = "plugin", attached } = this.options;
    const workDir = join(folder, "project");
    linkModules(workDir);
    const command = await pulumiCommand();
    if (attached && adapter === "plugin")
      this.plugin = await AttachedProvider.pulumi({ ...process.env, ...environment });
    const found = { ...(await vaultVariables()), ...this.plugin?.variables };
    const envVars = { ...found, PULUMI_SKIP_UPDATE_CHECK: "true", ...environment };
    const pulumiHome = join(folder, "home");
    const made = await LocalWorkspace.createStack(
      { stackName: stack, projectName: project, program: this.program },
      {
        workDir,
        projectSettings: { name: project, runtime: "nodejs", backend: { url: `file://${folder}` } },
        pulumiCommand: command,
        pulumiHome,
        secretsProvider: SECRETS_PROVIDER,
        envVars,
      },
    );
    // The Automation API passes secrets on the command line, which every user of the machine can see.
    const env = { ...process.env, ...envVars, PULUMI_HOME: pulumiHome };
    const args = ["config", "set", "--secret", "snapstate:connections", "--stack", stack, "--non-interactive"];
    await withInput("pulumi", args, this.connections, { cwd: workDir, env });
    // The rest is not secret; written directly, it saves a start of the CLI.
    appendFileSync(this.settingsFile, `  snapstate:adapter: ${adapter}\n`);
    // Both start the CLI again after each run; the events contain what is needed, and `outputs` reads the rest on
    // request.
    made.outputs = async () => ({});
    made.info = async () => undefined;
    return made;
  }
}

function withInput(program: string, args: string[], input: string, options: SpawnOptions): Promise<void> {
  const child = spawn(program, args, { ...options, stdio: ["pipe", "ignore", "inherit"] });
  child.stdin?.end(input);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => (code === 0 ? resolve() : reject(new Error(`${program} ended with ${code}`))));
  });
}

function typeIn(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

/** Rejections that the SDK leaves unhandled after a failed run or a killed CLI. */
const OF_FAILED_RUNS = /^Error: (resource \S+ \[\S+\] failed to register|Resource monitor is terminating)/;

/** In a program with its own process nobody would notice; here it would fail an unrelated test. */
function ignoreRejectionsOfFailedRuns(): void {
  const others = process.rawListeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", (reason, promise) => {
    if (OF_FAILED_RUNS.test(String(reason))) return;
    for (const listener of others) listener.call(process, reason, promise);
  });
}

/** A new stack with the simulator as the connection `default`. */
export function newStack(simulator: Vcsim | ConnectionSettings, options: StackOptions = {}): CliStack {
  return new CliStack({ default: connectionOf(simulator, options.connection) }, options);
}
