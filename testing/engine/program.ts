import type { ChildProcess } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { exited, start, stop } from "../support/child-processes";
import type { StackConfig } from "./config";
import type { Place } from "./urn";

export interface ProgramOptions {
  directory: string;
  main?: string;
  nodePath: string;
  place: Place;
  config: StackConfig;
  parallel: number;
  preview: boolean;
  address: string;
  environment: NodeJS.ProcessEnv;
  onLine(line: string, stream: "stdout" | "stderr"): void;
}

/** A Pulumi program, run by the SDK's own runner. */
export class Program {
  readonly exit: Promise<number>;
  private readonly child: ChildProcess;
  private readonly errors: string[] = [];

  constructor(options: ProgramOptions) {
    const sdk = dirname(require.resolve("@pulumi/pulumi/package.json", { paths: [options.directory] }));
    const { directory, entry } = entryOf(options.directory, options.main);
    const { project, stack } = options.place;
    const address = options.address;
    this.child = start(
      options.nodePath,
      [
        join(sdk, "cmd", "run"),
        ...["--monitor", address, "--engine", address, "--project", project, "--stack", stack],
        ...["--organization", "organization", "--root-directory", options.directory],
        ...["--pwd", directory, "--parallel", String(options.parallel)],
        ...(options.preview ? ["--dry-run"] : []),
        entry,
      ],
      {
        cwd: directory,
        env: {
          PULUMI_NODEJS_TYPESCRIPT: "true",
          ...tsconfigOf(directory),
          ...options.environment,
          PULUMI_NODEJS_PROJECT: project,
          PULUMI_NODEJS_STACK: stack,
          PULUMI_CONFIG: JSON.stringify(options.config.plain()),
          PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(options.config.secretKeys()),
        },
        onLine: (line, stream) => {
          if (stream === "stderr") this.errors.push(line);
          options.onLine(line, stream);
        },
      },
    );
    this.exit = exited(this.child);
    // Awaited later than it may fail.
    this.exit.catch(() => {});
  }

  /** The end of what it wrote to its standard error. */
  get stderr(): string {
    return this.errors.slice(-40).join("\n");
  }

  async stop(): Promise<void> {
    await stop(this.child);
  }
}

/** The `main` of a project may be a file or the folder of one. */
function entryOf(directory: string, main: string | undefined): { directory: string; entry: string } {
  const wanted = main ?? projectOf(directory).main;
  if (wanted === undefined) return { directory, entry: "." };
  const path = resolve(directory, wanted);
  if (/\.[cm]?[jt]s$/.test(path)) return { directory: dirname(path), entry: `./${basename(path)}` };
  return { directory: path, entry: "." };
}

function tsconfigOf(directory: string): NodeJS.ProcessEnv {
  const file = join(directory, "tsconfig.json");
  return existsSync(file) ? { PULUMI_NODEJS_TSCONFIG_PATH: file } : {};
}

/** The plain settings at the top of a `Pulumi.yaml`. */
export function projectOf(directory: string): { name?: string; main?: string } {
  const file = join(directory, "Pulumi.yaml");
  if (!existsSync(file)) return {};
  const settings: { name?: string; main?: string } = {};
  for (const [, key, value] of readFileSync(file, "utf8").matchAll(
    /^(name|main):[ \t]*["']?([^"'#\r\n]+?)["']?[ \t]*$/gm,
  )) {
    if (key === "name" || key === "main") settings[key] = value ?? "";
  }
  return settings;
}
