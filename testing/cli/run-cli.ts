import { spawn } from "node:child_process";
import { join } from "node:path";
import { packageRoot } from "../support/package-root";
import type { Vcsim } from "../vcsim/launcher";

export const cliMain = join(packageRoot(__dirname), "dist", "cli", "main.js");

export interface CliResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The environment of a child: this process's, without connections and colours of its own. */
export function cliEnvironment(more: Record<string, string> = {}): Record<string, string | undefined> {
  const own = Object.entries(process.env).filter(([key]) => !/^(SNAPSTATE_|FORCE_COLOR|NO_COLOR|NODE_TEST)/.test(key));
  return { ...Object.fromEntries(own), NO_PROXY: "127.0.0.1,localhost", ...more };
}

/** A connection to the simulator, as a user sets it in the environment. */
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

/** Runs the command as a process of its own, to its end. @param cwd the folder to run in */
export function runCli(
  args: readonly string[],
  environment: Record<string, string> = {},
  cwd?: string,
): Promise<CliResult> {
  const child = spawn(process.execPath, [cliMain, ...args], {
    cwd,
    env: cliEnvironment(environment),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const result: CliResult = { code: null, stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (text: string) => {
      result[stream] += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ ...result, code }));
  });
}
