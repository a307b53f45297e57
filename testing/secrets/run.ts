import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A run that is looked through afterwards: all that its processes wrote, wherever they wrote it. */
export class WatchedRun {
  private readonly folder = mkdtempSync(join(tmpdir(), "snapstate-secrets-"));
  /** What each place has, by a name that says where it is. */
  private readonly said = new Map<string, string>();
  private readonly timer: NodeJS.Timeout;
  private readonly commandLines = new Set<string>();

  constructor() {
    this.timer = setInterval(() => this.lookAtCommandLines(), 100);
  }

  /** For every process of the run. */
  get environment(): Record<string, string> {
    return {
      SNAPSTATE_TEST_WATCH: this.folder,
      NODE_OPTIONS: `--require ${join(__dirname, "preload.js")}`,
      // The highest verbosity there is: gRPC's, that of packages which use `debug`, and Node's own, but for `http` and what is
      // below it, by which Node prints every request and its headers, and `child_process`, by which it prints environments.
      // docs/connections.md warns of that.
      NODE_DEBUG: "tls",
      DEBUG: "*",
      GRPC_TRACE: "call,server,server_call,transport,subchannel",
      GRPC_VERBOSITY: "DEBUG",
    };
  }

  note(place: string, text: string): void {
    this.said.set(place, (this.said.get(place) ?? "") + text);
  }

  /** Every file below a folder as it is now. */
  noteFiles(place: string, folder: string): void {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    for (const entry of entries.filter((one) => one.isFile())) {
      const file = join(entry.parentPath, entry.name);
      this.note(`${place}: ${file}`, readFileSync(file, "utf8"));
    }
  }

  /** Everything that was written, by its place, once all processes have ended. */
  everything(): Map<string, string> {
    clearInterval(this.timer);
    this.note("command lines", [...this.commandLines].join("\n"));
    this.noteFiles("a process", this.folder);
    const places = [...this.said.keys()];
    assert.ok(
      places.some((name) => name.endsWith(".report")),
      "no process left a crash dump",
    );
    return this.said;
  }

  remove(): void {
    clearInterval(this.timer);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Of every process of this machine: nobody's has a place for a secret. */
  private lookAtCommandLines(): void {
    for (const pid of existsSync("/proc/self") ? readdirSync("/proc").filter((name) => /^\d+$/.test(name)) : []) {
      try {
        this.commandLines.add(readFileSync(`/proc/${pid}/cmdline`, "utf8"));
      } catch {
        // It has ended meanwhile.
      }
    }
  }
}
