import type { ChildProcess } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { exited, start, stop } from "../support/child-processes";

export interface ProgramOptions {
  directory: string;
  project: string;
  stack: string;
  /** Keys include their namespace. */
  config: Record<string, string>;
  preview: boolean;
  /** Address of the monitor, which is also the engine. */
  address: string;
  onLine(line: string): void;
}

/** Runs a Pulumi program for Node with the SDK's own runner. */
export class Program {
  readonly exit: Promise<number>;
  private readonly child: ChildProcess;

  constructor({ directory, project, stack, config, preview, address, onLine }: ProgramOptions) {
    const sdk = dirname(require.resolve("@pulumi/pulumi/package.json", { paths: [directory] }));
    const tsconfig = join(directory, "tsconfig.json");
    const args = [
      join(sdk, "cmd", "run"),
      ...["--monitor", address, "--engine", address, "--project", project, "--stack", stack],
      ...["--organization", "organization", "--root-directory", directory, "--pwd", directory, "--parallel", "10"],
      ...(preview ? ["--dry-run"] : []),
      settingOf(directory, "main") ?? ".",
    ];
    const env = {
      ...process.env,
      PULUMI_NODEJS_TYPESCRIPT: "true",
      ...(existsSync(tsconfig) ? { PULUMI_NODEJS_TSCONFIG_PATH: tsconfig } : {}),
      PULUMI_NODEJS_PROJECT: project,
      PULUMI_NODEJS_STACK: stack,
      PULUMI_CONFIG: JSON.stringify(config),
    };
    this.child = start(process.execPath, args, { cwd: directory, env, onLine });
    this.exit = exited(this.child);
    // It may reject before it is awaited.
    this.exit.catch(() => {});
  }

  stop(): Promise<void> {
    return stop(this.child);
  }
}

/** A top-level scalar setting of a `Pulumi.yaml`. */
export function settingOf(directory: string, key: "name" | "main"): string | undefined {
  const settings: Record<string, unknown> = parse(readFileSync(join(directory, "Pulumi.yaml"), "utf8"));
  const value = settings[key];
  return typeof value === "string" ? value : undefined;
}
