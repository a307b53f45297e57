import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { run } from "../../cli/run";
import { packageRoot } from "../support/package-root";
import type { Vcsim } from "../vcsim/launcher";

export const cliMain = join(packageRoot(__dirname), "dist", "cli", "main.js");

export interface CliResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** This process's environment without connections and colour settings. */
export function cliEnvironment(more: Record<string, string> = {}): Record<string, string | undefined> {
  const own = Object.entries(process.env).filter(([key]) => !/^(SNAPSTATE_|FORCE_COLOR|NO_COLOR|NODE_TEST)/.test(key));
  return { ...Object.fromEntries(own), NO_PROXY: "127.0.0.1,localhost", ...more };
}

/** Environment variables of a connection to the simulator. */
export function connectionVariables(name: string, vcsim: Vcsim): Record<string, string> {
  const prefix = `SNAPSTATE_${name.toUpperCase()}_`;
  return {
    [`${prefix}PLATFORM`]: "vsphere",
    [`${prefix}ENDPOINT`]: `${vcsim.host}:${vcsim.port}`,
    [`${prefix}USERNAME`]: vcsim.username,
    [`${prefix}PASSWORD`]: vcsim.password,
    [`${prefix}FINGERPRINT`]: vcsim.fingerprint,
  };
}

/** Runs the command in this process, which saves the start of a process. @param directory working directory */
export async function runCli(
  args: readonly string[],
  environment: Record<string, string> = {},
  directory = process.cwd(),
): Promise<CliResult> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const terminal = { stdin: new PassThrough(), stdout, stderr, environment: cliEnvironment(environment), directory };
  const code = await run(args, terminal);
  stdout.end();
  stderr.end();
  return { code, stdout: await text(stdout), stderr: await text(stderr) };
}

/** Runs the command in its own process and waits for its exit. */
export async function spawnCli(args: readonly string[], environment: Record<string, string> = {}): Promise<CliResult> {
  const child = spawn(process.execPath, [cliMain, ...args], {
    env: cliEnvironment(environment),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code, stdout, stderr };
}
