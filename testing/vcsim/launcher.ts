import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { VcsimControl } from "./control";
import { type Ready, readySchema } from "./control-schema";
import { goBinary } from "./go-binary";

export { type QuiesceMode, type SnapshotByHand, VcsimControl, VcsimControlError, type VcsimHardware } from "./control";
export type { VcsimDatastore, VcsimEntry, VcsimRule, VcsimSnapshot, VcsimVm } from "./control-schema";
export { GoMissingError } from "./go-missing-error";

export interface VcsimOptions {
  /** Number of VMs in /DC0/vm, named DC0_C0_RP0_VM0 and so on. @default 2 */
  vms?: number;
  /** Powers the VMs on; false halves the time to create many. @default true */
  autostart?: boolean;
  /** Names of VMs to start powered off. */
  poweredOff?: string[];
  username?: string;
  password?: string;
  /** Ends sessions after this idle time. */
  sessionTimeoutMs?: number;
  callDelayMs?: number;
  taskDelayMs?: number;
  /** Maximum length of a chain; beyond it, TooManySnapshotLevels. */
  maxLevels?: number;
  /** How `%2f`, `%5c` and `%25` in a snapshot's name are stored. @default "raw" */
  storeEscaped?: "raw" | "decoded";
  busy?: "wait" | "call" | "task";
  /** Puts the session cookie's value in double quotes. */
  quotedCookie?: boolean;
}

export interface Vcsim {
  /** `https://127.0.0.1:PORT/sdk`, without credentials. */
  url: string;
  host: string;
  port: number;
  username: string;
  password: string;
  /** The server's certificate, which is its own CA. It differs at every start. */
  caPem: string;
  /** The certificate's SHA-256, like Node's `fingerprint256`. */
  fingerprint: string;
  pid: number;
  control: VcsimControl;
  /** Stops this simulator. Can be called repeatedly. */
  stop(): Promise<void>;
}

const STOP_MS = 5_000;

/**
 * Starts a vCenter simulator on a free loopback port. It ends with this process, even if that is killed.
 *
 * @throws GoMissingError when it must be built and Go is not installed
 */
export async function startVcsim(options: VcsimOptions = {}): Promise<Vcsim> {
  const username = options.username ?? "administrator@vsphere.local";
  const password = options.password ?? "vcsim-password";
  const child = spawn(await goBinary(), argumentsFor(options, username), {
    env: { ...process.env, VCSIM_PASSWORD: password },
    stdio: "pipe",
  });
  const ready = await firstLine(child);
  letGo(child);
  const { hostname, port } = new URL(ready.url);
  let stopping: Promise<void> | undefined;
  return {
    url: ready.url,
    host: hostname,
    port: Number(port),
    username,
    password,
    caPem: ready.ca,
    fingerprint: ready.fingerprint,
    pid: ready.pid,
    control: new VcsimControl(ready.control),
    stop: () => {
      stopping ??= stop(child);
      return stopping;
    },
  };
}

function argumentsFor(options: VcsimOptions, username: string): string[] {
  const given: Record<string, string | number | boolean | undefined> = {
    vm: options.vms,
    autostart: options.autostart,
    "powered-off": options.poweredOff?.join(","),
    username,
    "session-timeout": options.sessionTimeoutMs === undefined ? undefined : `${options.sessionTimeoutMs}ms`,
    delay: options.callDelayMs,
    "task-delay": options.taskDelayMs,
    "max-levels": options.maxLevels,
    "store-escaped": options.storeEscaped,
    busy: options.busy,
    "quoted-cookie": options.quotedCookie,
    "exit-with-stdin": true,
  };
  return Object.entries(given).flatMap(([flag, value]) => (value === undefined ? [] : [`-${flag}=${value}`]));
}

/** The simulator's ready line, or an error with its output instead. */
async function firstLine(child: ChildProcessWithoutNullStreams): Promise<Ready> {
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-4_000);
  });
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", resolve);
    child.once("error", reject);
    child.once("close", (code, signal) =>
      reject(new Error(`the vCenter simulator did not start (${signal ?? code}): ${said.trim()}`)),
    );
  });
  return readySchema.parse(JSON.parse(line));
}

/** A missing stop() must not keep a test process alive: when that ends, stdin closes and the simulator exits. */
function letGo(child: ChildProcessWithoutNullStreams): void {
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr]) {
    if ("unref" in stream && typeof stream.unref === "function") stream.unref();
  }
  // Writing to a killed simulator is not an error here: the test notices by its own connection.
  child.stdin.on("error", () => undefined);
}

async function stop(child: ChildProcessWithoutNullStreams): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  const ended = once(child, "exit");
  child.stdin.end();
  child.kill("SIGTERM");
  const forced = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await ended;
  clearTimeout(forced);
}
