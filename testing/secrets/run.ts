import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { StackOptions } from "../engine";
import type { Order } from "./engine-run";

/** A run that is looked through afterwards: all that it wrote, wherever it wrote it. */
export class WatchedRun {
  private readonly folder = mkdtempSync(join(tmpdir(), "snapstate-secrets-"));
  readonly stateFile = join(this.folder, "state.json");
  /** What each place has, by a name that says where it is. */
  private readonly said = new Map<string, string>();
  private engine: ChildProcess | undefined;
  private waiting: ((result: { ok: boolean }) => void) | undefined;
  private first: StackOptions | undefined;
  private readonly timer: NodeJS.Timeout;
  private readonly commandLines = new Set<string>();

  constructor() {
    mkdirSync(this.watched);
    this.timer = setInterval(() => this.lookAtCommandLines(), 100);
  }

  /** For the environment of any child. */
  get environment(): Record<string, string> {
    return {
      SNAPSTATE_TEST_WATCH: this.watched,
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

  /** Starts the engine, which does nothing yet. */
  begin(options: StackOptions, environment: Record<string, string>): void {
    const own = Object.entries(process.env).filter(([key]) => !/^(SNAPSTATE_|NODE_)/.test(key));
    this.engine = spawn(process.execPath, [join(__dirname, "engine-run.js")], {
      env: { ...Object.fromEntries(own), ...this.environment, ...environment },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.first = options;
    this.engine.stderr?.setEncoding("utf8").on("data", (text: string) => this.note("the engine's stderr", text));
    createInterface({ input: this.engine.stdout as NodeJS.ReadableStream }).on("line", (line) => {
      this.note("the engine's events", `${line}\n`);
      if (line.startsWith('{"done":true')) this.waiting?.(JSON.parse(line));
    });
  }

  /** Carries out one operation to its end. */
  async operate(operation: Order["operation"], resources: object[]): Promise<{ ok: boolean }> {
    const order: Order = { operation, resources, ...(this.first ? { options: this.first } : {}) };
    this.first = undefined;
    const done = new Promise<{ ok: boolean }>((resolve) => {
      this.waiting = resolve;
    });
    this.engine?.stdin?.write(`${JSON.stringify(order)}\n`);
    const result = await done;
    if (existsSync(this.stateFile)) this.note(`the state after ${operation}`, readFileSync(this.stateFile, "utf8"));
    return result;
  }

  note(place: string, text: string): void {
    this.said.set(place, (this.said.get(place) ?? "") + text);
  }

  /** A file for a command to write to. */
  file(name: string): string {
    return join(this.folder, name);
  }

  /** Everything that was written, by its place, once all processes have ended. */
  async everything(): Promise<Map<string, string>> {
    clearInterval(this.timer);
    const { engine } = this;
    if (engine !== undefined) {
      const ended = new Promise((resolve) => engine.once("close", resolve));
      engine.stdin?.end();
      await ended;
    }
    this.note("command lines", [...this.commandLines].join("\n"));
    const watched = readdirSync(this.watched);
    for (const name of watched) this.note(`process ${name}`, readFileSync(join(this.watched, name), "utf8"));
    assert.ok(
      watched.some((name) => name.endsWith(".report")),
      "no process left a crash dump",
    );
    return this.said;
  }

  remove(): void {
    clearInterval(this.timer);
    rmSync(this.folder, { recursive: true, force: true });
  }

  private get watched(): string {
    return join(this.folder, "watched");
  }

  /** Of every process of this machine: nobody's has a place for a secret. */
  private lookAtCommandLines(): void {
    for (const pid of existsSync("/proc/self") ? readdirSync("/proc").filter((name) => /^\d+$/.test(name)) : []) {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, "utf8");
        this.commandLines.add(line);
      } catch {
        // It has ended meanwhile.
      }
    }
  }
}
