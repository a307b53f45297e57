import { type ChildProcess, spawn } from "node:child_process";
import type { Writable } from "node:stream";

const running = new Set<ChildProcess>();
const posix = process.platform !== "win32";

/** Kept short, since the end of a run waits for it. Milliseconds. */
const GRACE = 4000;

// A crash of this process must not leave children behind; they are ended by their process ids.
process.once("exit", () => {
  for (const child of running) kill(child, "SIGKILL");
});

/**
 * After kill -9 of this process no handler runs, and an idle provider waits for ever. A shell reads the ids of our
 * children from a pipe, notices when it closes, however we end, and kills those that remain.
 */
const WATCH = `while read -r op pid; do case $op in
+) pids="$pids $pid ";;
-) pids=$(printf %s "$pids" | sed "s/ $pid //");;
esac; done; for pid in $pids; do kill -9 -$pid; done`;

let watcher: Writable | undefined;

function watch(change: "+" | "-", child: ChildProcess): void {
  if (!posix || child.pid === undefined) return;
  if (watcher === undefined) {
    const shell = spawn("sh", ["-c", WATCH], { stdio: ["pipe", "ignore", "ignore"], detached: true });
    shell.once("error", () => {});
    shell.unref();
    watcher = shell.stdin;
    watcher.on("error", () => {});
    // Neither the shell nor the pipe keeps this process alive.
    (watcher as Writable & { unref?: () => void }).unref?.();
  }
  watcher.write(`${change} ${child.pid}\n`);
}

/** Starts a child whose output is read line by line. */
export function start(
  command: string,
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv; onLine(line: string, stream: "stdout" | "stderr"): void },
): ChildProcess {
  // In its own process group: Ctrl-C in a terminal is for the engine, which lets running operations finish.
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: posix,
  });
  running.add(child);
  watch("+", child);
  child.once("exit", () => {
    running.delete(child);
    watch("-", child);
  });
  child.once("error", () => running.delete(child));
  for (const name of ["stdout", "stderr"] as const) {
    let rest = "";
    child[name].setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) options.onLine(line, name);
    });
    child[name].on("end", () => {
      if (rest !== "") options.onLine(rest, name);
    });
  }
  return child;
}

/** Resolves with the exit code; a signal counts as 128. */
export function exited(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    if (child.exitCode !== null) return resolve(child.exitCode);
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 128));
  });
}

/** Stops a child as the real engine does, with SIGINT, and kills it after some seconds. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  kill(child, "SIGINT");
  const timer = setTimeout(() => kill(child, "SIGKILL"), GRACE);
  await ended;
  clearTimeout(timer);
}

/** Kills it with its descendants. */
function kill(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (posix) process.kill(-child.pid, signal);
    else child.kill(signal);
  } catch {
    // It has already ended.
  }
}
