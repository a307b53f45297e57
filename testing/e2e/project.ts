import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../support/package-root";
import { linkModules } from "./modules";
import { pulumiCommand } from "./stack";
import { SECRETS_PROVIDER, vaultVariables } from "./vault";

const root = packageRoot(__dirname);

export interface Said {
  ok: boolean;
  text: string;
}

/**
 * A copy of an example with a stack in a file backend. The CLI runs it as for a user, with the program in its own
 * process.
 */
export class CliProject {
  readonly folder = mkdtempSync(join(tmpdir(), "snapstate-example-"));
  readonly directory = join(this.folder, "project");
  readonly environment: NodeJS.ProcessEnv = {
    ...process.env,
    NODE_TEST_CONTEXT: undefined,
    PULUMI_BACKEND_URL: `file://${this.folder}`,
    PULUMI_HOME: join(this.folder, "home"),
    PULUMI_NODEJS_TRANSPILE_ONLY: "true",
    PULUMI_STACK: "dev",
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };

  /** @param example a folder below examples */
  static async open(example: string): Promise<CliProject> {
    await pulumiCommand();
    const project = new CliProject();
    Object.assign(project.environment, { PATH: process.env.PATH }, await vaultVariables());
    cpSync(join(root, "examples", example), project.directory, { recursive: true });
    linkModules(project.directory);
    const made = await project.pulumi("stack", "init", "dev", "--secrets-provider", SECRETS_PROVIDER);
    if (!made.ok) throw new Error(made.text);
    return project;
  }

  async configure(config: Record<string, string>): Promise<void> {
    for (const [key, value] of Object.entries(config)) {
      const { ok, text } = await this.pulumi("config", "set", ...(key.includes(":") ? ["--secret"] : []), key, value);
      if (!ok) throw new Error(text);
    }
  }

  up = () => this.pulumi("up", "--yes", "--skip-preview");
  destroy = () => this.pulumi("destroy", "--yes", "--skip-preview");

  async outputs(): Promise<Record<string, unknown>> {
    return JSON.parse((await this.pulumi("stack", "output", "--json")).text);
  }

  pulumi(...args: string[]): Promise<Said> {
    const child = spawn("pulumi", [...args, "--non-interactive"], { cwd: this.directory, env: this.environment });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (more: string) => {
        text += more;
      });
    }
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve({ ok: code === 0, text }));
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
