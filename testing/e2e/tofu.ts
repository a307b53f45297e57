import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getEngine } from "../engines/engines";
import { packageRoot } from "../support/package-root";
import { AttachedProvider } from "./attached";

/** Default registries of OpenTofu and Terraform. */
const REGISTRIES = ["registry.opentofu.org", "registry.terraform.io"];

export interface TofuResult {
  code: number | null;
  /** Standard output and standard error. */
  output: string;
}

export interface PlannedChange {
  address: string;
  actions: string[];
  /** Paths that force a replacement. */
  replaces: string[];
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
  importing: boolean;
}

/** The part of `tofu show -json` that is used here. */
interface ShownPlan {
  resource_changes?: {
    address: string;
    change: Pick<PlannedChange, "actions" | "before" | "after"> & { replace_paths?: string[][]; importing?: object };
  }[];
}

/** The part of the state file that is used here. */
interface StoredState {
  resources?: {
    type: string;
    name: string;
    instances: { index_key?: string | number; attributes: Record<string, unknown>; status?: string }[];
  }[];
}

/** A configuration in its own folder, run by the real OpenTofu, which uses this checkout's provider without an init. */
export class TofuProject {
  readonly folder = mkdtempSync(join(tmpdir(), "snapstate-tofu-"));
  private readonly environment: NodeJS.ProcessEnv;
  private provider: AttachedProvider | undefined;

  private constructor(
    private readonly tofu: string,
    more: NodeJS.ProcessEnv,
  ) {
    const config = join(this.folder, "cli.tfrc");
    const bin = join(packageRoot(__dirname), "bin");
    // For a state of VMware's provider the engine loads that provider too, but only reads its schema.
    const theirs = join(this.folder, "theirs");
    mkdirSync(theirs);
    symlinkSync(join(bin, "terraform-provider-snapstate"), join(theirs, "terraform-provider-vsphere"));
    const overrides = REGISTRIES.map(
      (registry) =>
        `    "${registry}/snapstate/snapstate" = "${bin}"\n    "${registry}/hashicorp/vsphere" = "${theirs}"\n`,
    );
    writeFileSync(config, `provider_installation {\n  dev_overrides {\n${overrides.join("")}  }\n  direct {}\n}\n`);
    this.environment = {
      ...process.env,
      TF_CLI_CONFIG_FILE: config,
      TF_IN_AUTOMATION: "1",
      CHECKPOINT_DISABLE: "1",
      NO_PROXY: "127.0.0.1,localhost",
      ...more,
    };
  }

  /**
   * @param more variables of the environment
   * @param engine an executable. @default OpenTofu
   */
  static async open(more: NodeJS.ProcessEnv = {}, engine?: string): Promise<TofuProject> {
    return new TofuProject(engine ?? (await getEngine("opentofu")).path, more);
  }

  /** The same with an {@link AttachedProvider}, which supports one configuration at a time and therefore no aliases. */
  static async attached(more: NodeJS.ProcessEnv = {}, engine?: string): Promise<TofuProject> {
    const project = await TofuProject.open(more, engine);
    project.provider = await AttachedProvider.terraform(project.environment);
    return project;
  }

  /** Variables with which an init installs providers from a filesystem mirror instead of this checkout. */
  fromMirror(mirror: string): NodeJS.ProcessEnv {
    const config = join(this.folder, "mirror.tfrc");
    const path = JSON.stringify(mirror);
    writeFileSync(config, `provider_installation {\n  filesystem_mirror {\n    path = ${path}\n  }\n}\n`);
    return { TF_CLI_CONFIG_FILE: config };
  }

  /** Replaces the configuration. */
  declare(body: string, provider = 'provider "snapstate" {\n  owner = "e2e"\n}\n'): void {
    const head = `terraform {\n  required_providers {\n    snapstate = {\n      source = "snapstate/snapstate"\n    }\n  }\n}\n`;
    writeFileSync(join(this.folder, "main.tf"), `${head}${provider}${body}`);
  }

  start(args: string[], more: NodeJS.ProcessEnv = {}): { child: ChildProcess; result: Promise<TofuResult> } {
    // Variables for one command reach only a provider that this command starts.
    const attached = this.provider && Object.keys(more).length === 0 ? this.provider.variables : {};
    const env = { ...this.environment, ...attached, ...more };
    const child = spawn(this.tofu, args, { cwd: this.folder, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    const result = new Promise<TofuResult>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, output }));
    });
    return { child, result };
  }

  run(args: string[], more: NodeJS.ProcessEnv = {}): Promise<TofuResult> {
    return this.start([...args, "-no-color"], more).result;
  }

  apply(...args: string[]): Promise<TofuResult> {
    return this.run(["apply", "-auto-approve", "-input=false", ...args]);
  }

  destroy(...args: string[]): Promise<TofuResult> {
    return this.run(["destroy", "-auto-approve", "-input=false", ...args]);
  }

  /** Exit code 2 means that the plan has changes. */
  plan(...args: string[]): Promise<TofuResult> {
    return this.run(["plan", "-input=false", "-detailed-exitcode", "-out=plan", ...args]);
  }

  /** A plan, and its changes by resource. */
  async planned(...args: string[]): Promise<TofuResult & { changes: PlannedChange[] }> {
    const result = await this.plan(...args);
    if (result.code === 1) return { ...result, changes: [] };
    const shown = await this.run(["show", "-json", "plan"]);
    const { resource_changes: changes = [] } = JSON.parse(shown.output.slice(shown.output.indexOf("{"))) as ShownPlan;
    return {
      ...result,
      changes: changes.map(({ address, change }) => ({
        address,
        actions: change.actions,
        before: change.before,
        after: change.after,
        replaces: (change.replace_paths ?? []).map((path) => path.join(".")),
        importing: change.importing !== undefined,
      })),
    };
  }

  /** Attributes in the state, by address. */
  state(): Record<string, Record<string, unknown>> {
    const file = join(this.folder, "terraform.tfstate");
    if (!existsSync(file)) return {};
    const { resources = [] } = JSON.parse(readFileSync(file, "utf8")) as StoredState;
    const entries = resources.flatMap(({ type, name, instances }) =>
      instances.map(({ index_key: key, attributes, status }) => [
        `${type}.${name}${key === undefined ? "" : `[${JSON.stringify(key)}]`}`,
        { ...attributes, ...(status === undefined ? {} : { $status: status }) },
      ]),
    );
    return Object.fromEntries(entries);
  }

  remove(): void {
    this.provider?.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
