import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Console, EmbeddedStack } from "../engine";

/** What the quickstart asks of an engine. Each command prints what it does and resolves with whether it went well. */
export interface QuickstartEngine {
  readonly name: string;
  configure(key: string, value: string, secret?: boolean): Promise<void>;
  run(command: "preview" | "up" | "refresh" | "destroy"): Promise<boolean>;
}

export interface EngineOptions {
  programDirectory: string;
  /** A folder for state, removed afterwards. */
  folder: string;
  signal: AbortSignal;
}

/** The real Pulumi where it is on the PATH, the embedded engine elsewhere; SNAPSTATE_ENGINE chooses. */
export async function pickEngine(options: EngineOptions): Promise<QuickstartEngine> {
  const asked = process.env.SNAPSTATE_ENGINE;
  const found = (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, "pulumi")));
  return asked === "pulumi" || (found && asked !== "embedded") ? PulumiCli.open(options) : new Embedded(options);
}

/** Inputs that the provider adds for itself, which say nothing to a reader. */
const HIDDEN = ["owner", "marker", "desired"];

class Embedded implements QuickstartEngine {
  readonly name = "the embedded engine (testing/engine), since `pulumi` is not on the PATH";
  private readonly config: Record<string, string | { secret: string }> = {};

  constructor(private readonly options: EngineOptions) {}

  async configure(key: string, value: string, secret = false): Promise<void> {
    this.config[key] = secret ? { secret: value } : value;
  }

  async run(command: "preview" | "up" | "refresh" | "destroy"): Promise<boolean> {
    const { programDirectory, folder, signal } = this.options;
    const display = new Console(process.stdout, HIDDEN);
    const stack = new EmbeddedStack({
      programDirectory,
      stack: "quickstart",
      stateFile: join(folder, "state.json"),
      passphrase: "quickstart",
      config: this.config,
      onEvent: display.onEvent,
    });
    display.begin(command, "quickstart");
    const result = await stack[command]({ signal });
    display.end(result);
    return result.ok;
  }
}

class PulumiCli implements QuickstartEngine {
  readonly name = "the Pulumi CLI on the PATH";

  private constructor(private readonly options: EngineOptions) {}

  static async open(options: EngineOptions): Promise<PulumiCli> {
    const cli = new PulumiCli(options);
    if (!(await cli.pulumi("stack", "init"))) throw new Error("pulumi stack init failed");
    return cli;
  }

  async configure(key: string, value: string, secret = false): Promise<void> {
    // A value on the command line can be seen by every user of the machine; pulumi reads it from its input as well.
    await this.pulumi("config", "set", [key, ...(secret ? ["--secret"] : [])], value);
  }

  run(command: "preview" | "up" | "refresh" | "destroy"): Promise<boolean> {
    return this.pulumi(command, undefined, command === "preview" ? [] : ["--yes", "--skip-preview"]);
  }

  private pulumi(command: string, verb?: string, rest: string[] = [], input?: string): Promise<boolean> {
    const { programDirectory, folder, signal } = this.options;
    const file = command === "stack" ? [] : ["--config-file", join(folder, "Pulumi.quickstart.yaml")];
    const args = [command, ...(verb ? [verb] : []), "--stack", "quickstart", "--non-interactive", ...file, ...rest];
    const child = spawn("pulumi", args, {
      cwd: programDirectory,
      stdio: [input === undefined ? "ignore" : "pipe", "inherit", "inherit"],
      env: { ...process.env, PULUMI_BACKEND_URL: `file://${folder}`, PULUMI_CONFIG_PASSPHRASE: "quickstart" },
    });
    child.stdin?.end(input);
    signal.addEventListener("abort", () => child.kill("SIGINT"), { once: true });
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve(code === 0));
    });
  }
}
