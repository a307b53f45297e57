import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

/*
 * A process of its own that ends what a test process leaves behind when it is killed, crashes or gets a Ctrl-C: it waits
 * until its input closes, which happens however the other one ends, and then ends the VMs of one folder, by their ids, and
 * removes the folder.
 */

const folder = process.argv[2] as string;

/** A VM's process, and not another one that was given the same id later: its command line names the folder. */
function isOurs(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(folder);
  } catch {
    // Without /proc (macOS) the file that holds the id is all there is; it goes when the VM's process is seen to end.
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
      // It has ended.
    }
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

process.stdin.resume().once("close", clean);
// A Ctrl-C reaches every process of the terminal's group, and this one must outlive it.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
