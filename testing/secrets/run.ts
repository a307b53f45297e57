import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A run that is searched afterwards: everything that its processes wrote. */
export class WatchedRun {
  private readonly folder = mkdtempSync(join(tmpdir(), "snapstate-secrets-"));
  /** Content by a name that describes its place. */
  private readonly said = new Map<string, string>();
  private readonly timer: NodeJS.Timeout;
  private readonly commandLines = new Set<string>();

  constructor() {
    this.timer = setInterval(() => this.lookAtCommandLines(), 100);
  }

  /** Environment of every process of the run. */
  get environment(): Record<string, string> {
    return {
      SNAPSTATE_TEST_WATCH: this.folder,
      NODE_OPTIONS: `--require ${join(__dirname, "preload.js")}`,
      // The highest verbosity: gRPC's, that of packages with `debug`, and Node's, except `http` and below, which prints
      // all requests with headers, and `child_process`, which prints environments. docs/connections.md warns of these.
      NODE_DEBUG: "tls",
      DEBUG: "*",
      GRPC_TRACE: "call,server,server_call,transport,subchannel",
      GRPC_VERBOSITY: "DEBUG",
    };
  }

  note(place: string, text: string): void {
    this.said.set(place, (this.said.get(place) ?? "") + text);
  }

  /** All current files below a folder. */
  noteFiles(place: string, folder: string): void {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    for (const entry of entries.filter((one) => one.isFile())) {
      const file = join(entry.parentPath, entry.name);
      this.note(`${place}: ${file}`, readFileSync(file, "utf8"));
    }
  }

  /** Everything that was written, by place, after all processes have ended. */
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

  /** Of every process of this machine: none may show a secret. */
  private lookAtCommandLines(): void {
    for (const pid of existsSync("/proc/self") ? readdirSync("/proc").filter((name) => /^\d+$/.test(name)) : []) {
      try {
        this.commandLines.add(readFileSync(`/proc/${pid}/cmdline`, "utf8"));
      } catch {
        // The process has ended.
      }
    }
  }
}
