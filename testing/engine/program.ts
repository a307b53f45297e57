import { existsSync } from "node:fs";
import { join } from "node:path";
import { exited, start, stop } from "./processes";

export interface ProgramOptions {
  nodePath: string;
  directory: string;
  main: string;
  project: string;
  stack: string;
  address: string;
  preview: boolean;
  parallel: number;
  environment: NodeJS.ProcessEnv;
  /** Values of the configuration by full key, and the keys of those that are secrets. */
  config: Record<string, string>;
  secretKeys: string[];
  onLine(line: string, stream: "stdout" | "stderr"): void;
}

/** Runs the unmodified program by the SDK's own runner. @returns its exit code. */
export async function runProgram(options: ProgramOptions, signal: AbortSignal): Promise<number> {
  const { directory, address } = options;
  const sdk = join(require.resolve("@pulumi/pulumi/package.json", { paths: [directory] }), "..");
  const args = [
    join(sdk, "cmd", "run"),
    ...["--monitor", address, "--engine", address, "--project", options.project, "--stack", options.stack],
    ...["--organization", "organization", "--pwd", directory, "--parallel", String(options.parallel)],
    ...(options.preview ? ["--dry-run"] : []),
    options.main,
  ];
  const tsconfig = join(directory, "tsconfig.json");
  const child = start(options.nodePath, args, {
    cwd: directory,
    env: {
      ...options.environment,
      PULUMI_NODEJS_TYPESCRIPT: "true",
      ...(existsSync(tsconfig) ? { PULUMI_NODEJS_TSCONFIG_PATH: tsconfig } : {}),
      PULUMI_CONFIG: JSON.stringify(options.config),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(options.secretKeys),
    },
    onLine: options.onLine,
  });
  const end = () => void stop(child);
  signal.addEventListener("abort", end, { once: true });
  try {
    return await exited(child);
  } finally {
    signal.removeEventListener("abort", end);
  }
}
