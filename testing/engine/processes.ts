import { type ChildProcess, spawn } from "node:child_process";

const running = new Set<ChildProcess>();

/** Kept short: a run that ends waits for it. Milliseconds. */
const GRACE = 4000;

// A crash of this process must not leave providers behind; they are ended by the ids we got when we started them.
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Starts a child whose output is read line by line. */
export function start(
  command: string,
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv; onLine(line: string, stream: "stdout" | "stderr"): void },
): ChildProcess {
  const child = spawn(command, args, { cwd: options.cwd, env: options.env, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  child.once("close", () => running.delete(child));
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

/** Asks a child to end as the real engine does, with SIGINT, and makes it after some seconds. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  child.kill("SIGINT");
  const timer = setTimeout(() => child.kill("SIGKILL"), GRACE);
  await ended;
  clearTimeout(timer);
}
