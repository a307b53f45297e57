import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { CliStack } from "./stack";

export interface Process {
  pid: number;
  command: string;
}

/** The CLI process that runs an operation for this process, and its descendants. */
export function runningCli(): { cli: Process; children: Process[] } {
  const [cli, ...others] = childrenOf(process.pid).filter(({ command }) => /^\S*\bpulumi /.test(command));
  assert.ok(cli && others.length === 0, "one CLI runs");
  return { cli, children: descendants(cli.pid) };
}

/** The provider's process below a running CLI, for either adapter. */
export function provider(children: Process[]): Process {
  const found = children.find(({ command }) => /^\S*node .*(dynamic-provider|pulumi-resource-snapstate)/.test(command));
  assert.ok(found, children.map(({ command }) => command).join("\n"));
  return found;
}

export function kill(...processes: Process[]): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // The process has ended.
    }
  }
}

/** Waits until the processes have exited. */
export async function untilEnded(processes: Process[], withinMs = 20_000): Promise<void> {
  const end = Date.now() + withinMs;
  while (processes.some(isAlive)) {
    assert.ok(Date.now() < end, `still there: ${processes.filter(isAlive).map(({ command }) => command)}`);
    await sleep(20);
  }
}

function isAlive({ pid, command }: Process): boolean {
  return commandOf(pid) === command;
}

function descendants(pid: number): Process[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendants(child.pid)]);
}

export function childrenOf(pid: number): Process[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids
    .filter((name) => parentOf(name) === pid)
    .map((name) => ({ pid: Number(name), command: commandOf(Number(name)) }));
}

function parentOf(pid: string): number | undefined {
  try {
    return Number(/^\d+ \(.*\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1]);
  } catch {
    return undefined;
  }
}

/** Empty for a process that has ended and was not waited for. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

/**
 * An `up` that is interrupted by SIGKILL of the CLI and all of its descendants; then its lock is removed, as
 * docs/errors.md says.
 */
export async function killCli(stack: CliStack, moment: () => Promise<void>): Promise<void> {
  const running = stack.up();
  await Promise.race([moment(), running]);
  const { cli, children } = runningCli();
  kill(cli, ...children);
  assert.equal((await running).ok, false);
  await stack.cancel();
}
