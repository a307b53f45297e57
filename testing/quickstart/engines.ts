import { spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { DemoStack } from "../demo-engine";
import { companions, type Engine, findEngine, getEngine } from "../engines/engines";

export type EngineChoice = "pulumi" | "demo";
type Command = "preview" | "up" | "refresh" | "destroy";

/** The quickstart's operations on an engine. Each prints what it does and resolves with whether it succeeded. */
export interface QuickstartEngine {
  readonly name: string;
  configure(key: string, value: string, secret?: boolean): Promise<void>;
  run(command: Command): Promise<boolean>;
}

export interface EngineOptions {
  programDirectory: string;
  /** Folder of the state, removed afterwards. */
  folder: string;
  /** Cancels the running command. */
  signal: AbortSignal;
  /** Kills it without waiting. */
  killSignal: AbortSignal;
}

/**
 * The Pulumi CLI from the PATH or the cache, else the demo engine. @param choice `pulumi` builds the CLI if it is
 * missing
 */
export async function pickEngine(options: EngineOptions, choice?: EngineChoice): Promise<QuickstartEngine> {
  if (choice === "demo") return new Demo(options, "as asked");
  const found = await (choice === "pulumi" ? getEngine("pulumi") : findEngine("pulumi"));
  return found ? PulumiCli.open(found, options) : new Demo(options, "`-- --engine pulumi` builds the Pulumi CLI first");
}

class Demo implements QuickstartEngine {
  readonly name: string;
  private readonly config: Record<string, string> = {};
  private readonly stack: DemoStack;

  constructor({ programDirectory: directory, signal }: EngineOptions, why: string) {
    this.name = `the demo engine of this repository (${why})`;
    const write = (line: string) => void process.stdout.write(`${line}\n`);
    this.stack = new DemoStack({ directory, stack: "quickstart", config: this.config, write, signal });
  }

  async configure(key: string, value: string): Promise<void> {
    this.config[key] = value;
  }

  run(command: Command): Promise<boolean> {
    return this.stack.run(command);
  }
}

class PulumiCli implements QuickstartEngine {
  readonly name: string;

  private constructor(
    private readonly engine: Engine,
    private readonly options: EngineOptions,
  ) {
    const where = engine.from === "PATH" ? "of the PATH" : "built by `npm run engines`";
    this.name = `the Pulumi CLI ${engine.version} ${where}`;
  }

  static async open(engine: Engine, options: EngineOptions): Promise<PulumiCli> {
    const cli = new PulumiCli(engine, options);
    // `stack init` writes the stack's settings beside the program, and supports no other place.
    const settings = join(options.programDirectory, "Pulumi.quickstart.yaml");
    const kept = existsSync(settings);
    if (!(await cli.pulumi("stack", "init"))) throw new Error("pulumi stack init failed");
    if (!kept) rmSync(settings, { force: true });
    return cli;
  }

  async configure(key: string, value: string, secret = false): Promise<void> {
    // Values on the command line are visible to every user of the machine; pulumi also reads them from standard input.
    await this.pulumi("config", "set", [key, ...(secret ? ["--secret"] : [])], value);
  }

  run(command: Command): Promise<boolean> {
    return this.pulumi(command, undefined, command === "preview" ? [] : ["--yes", "--skip-preview"]);
  }

  private pulumi(command: string, verb?: string, rest: string[] = [], input?: string): Promise<boolean> {
    const { programDirectory, folder, signal, killSignal } = this.options;
    const file = command === "stack" ? [] : ["--config-file", join(folder, "Pulumi.quickstart.yaml")];
    const args = [command, ...(verb ? [verb] : []), "--stack", "quickstart", "--non-interactive", ...file, ...rest];
    const child = spawn(this.engine.path, args, {
      cwd: programDirectory,
      // A terminal sends Ctrl-C to its whole process group, and the CLI takes a second one as the order to abandon its
      // resources.
      detached: true,
      stdio: [input === undefined ? "ignore" : "pipe", "inherit", "inherit"],
      env: {
        ...process.env,
        PATH: this.path(),
        PULUMI_BACKEND_URL: `file://${folder}`,
        PULUMI_CONFIG_PASSPHRASE: "quickstart",
        PULUMI_SKIP_UPDATE_CHECK: "true",
      },
    });
    child.stdin?.end(input);
    const interrupt = () => void child.kill("SIGINT");
    const kill = () => void child.kill("SIGKILL");
    signal.addEventListener("abort", interrupt, { once: true });
    killSignal.addEventListener("abort", kill, { once: true });
    return new Promise<boolean>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve(code === 0));
    }).finally(() => {
      signal.removeEventListener("abort", interrupt);
      killSignal.removeEventListener("abort", kill);
    });
  }

  /** An installed CLI has its own language host; one built from its module does not. */
  private path(): string {
    const sdk = dirname(require.resolve("@pulumi/pulumi/package.json", { paths: [this.options.programDirectory] }));
    const own = [dirname(this.engine.path), dirname(process.execPath), sdk];
    return [...own, process.env.PATH, companions].join(delimiter);
  }
}
