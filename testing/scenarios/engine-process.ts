import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../support/package-root";
import type { Vcsim } from "../vcsim/launcher";
import {
  type ConnectionSettings,
  connectionOf,
  type Declared,
  pluginCommand,
  programDirectory,
  suiteFace,
} from "./stack";

/** The embedded engine in an `up` as a process of its own, which can be killed. */
export function engineProcess(
  vcsim: Vcsim | ConnectionSettings,
  stateFile: string,
  resources: Declared[],
): ChildProcess {
  const cli = join(packageRoot(__dirname), "dist", "testing", "engine", "cli.js");
  const config = [`scenario:resources=${JSON.stringify(resources)}`, `snapstate:face=${suiteFace()}`];
  const options = [
    ...["--cwd", programDirectory, "--state", stateFile],
    ...config.flatMap((setting) => ["--config", setting]),
    ...["--plugin", `snapstate=${pluginCommand.join(" ")}`],
  ];
  return spawn(process.execPath, [cli, "up", ...options], {
    stdio: "ignore",
    env: {
      ...process.env,
      NODE_TEST_CONTEXT: undefined,
      PULUMI_CONFIG_PASSPHRASE: "scenario",
      SNAPSTATE_CONNECTIONS: JSON.stringify({ default: connectionOf(vcsim) }),
    },
  });
}

/** Its program, its providers and the shell that ends them should it be killed, by their process ids. */
export function childrenOf(parent: ChildProcess): number[] {
  const children = readFileSync(`/proc/${parent.pid}/task/${parent.pid}/children`, "utf8").trim();
  return children.split(/\s+/).filter(Boolean).map(Number);
}

export function kill(pids: number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}

export function commandOf(pid: number): string {
  return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
}

export async function untilEnded(pids: number[]): Promise<void> {
  const end = Date.now() + 20_000;
  while (pids.some((pid) => existsSync(`/proc/${pid}`))) {
    assert.ok(Date.now() < end, "the children of a killed engine still run");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
