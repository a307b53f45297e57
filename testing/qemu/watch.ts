import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

/*
 * A separate process that cleans up after a test process that is killed, crashes or is interrupted: it waits until its
 * input closes, which happens however the other process ends, then kills the VMs of one folder by process id, and
 * removes the folder.
 */

const folder = process.argv[2] as string;

/** Whether the process is still the VM's, since ids are reused: its command line names the folder. */
function isOurs(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(folder);
  } catch {
    // Without /proc (macOS) only the id file shows it, which is removed when the VM's process ends.
    return process.platform !== "linux";
  }
}

function clean(): void {
  if (!existsSync(folder)) return;
  const files = readdirSync(folder).filter((name) => name.endsWith(".pid"));
  for (const name of files) {
    const pid = Number(readFileSync(join(folder, name), "utf8"));
    if (!Number.isInteger(pid) || pid <= 1 || !isOurs(pid)) continue;
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // The process has ended.
    }
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

process.stdin.resume().once("close", clean);
// Ctrl-C reaches every process of the terminal's group, and this one must survive it.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
