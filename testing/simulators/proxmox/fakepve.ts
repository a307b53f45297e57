import { execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { packageRoot } from "../../support/package-root";

const root = packageRoot(__dirname);
const folder = join(root, "testing", "simulators", "proxmox");
const run = promisify(execFile);

/** Timeout of the installation in milliseconds. */
const INSTALL = 180_000;

let installed: Promise<string> | undefined;

/** The Python of a virtual environment with fakepve, which is created if it is missing. */
export function fakepvePython(): Promise<string> {
  installed ??= install();
  return installed;
}

/** Why it is unavailable, as the reason to skip a test. */
export async function fakepveMissing(): Promise<string | undefined> {
  try {
    await fakepvePython();
    return undefined;
  } catch (error) {
    return `fakepve cannot be installed: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function install(): Promise<string> {
  const requirements = join(folder, "requirements.txt");
  const version = readFileSync(requirements, "utf8").trim().replace("==", "-");
  const place = join(root, ".cache", version);
  const python = join(place, "bin", "python");
  if (existsSync(python)) return python;
  // Created elsewhere and then renamed, since another process may do the same.
  const aside = join(root, ".cache", `${version}.${randomUUID()}`);
  try {
    await run("python3", ["-m", "venv", aside], { timeout: INSTALL });
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements];
    await run(join(aside, "bin", "python"), pip, { timeout: INSTALL });
    try {
      renameSync(aside, place);
    } catch (error) {
      if (!existsSync(python)) throw error;
    }
    return python;
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

interface Answer {
  id?: number;
  port?: number;
  value?: unknown;
  error?: string;
}

/** A guest in fakepve, without the API. */
export interface FakeGuest {
  snapshots: {
    name: string;
    description: string;
    snaptime: number;
    parent: string | null;
    snapstate: string | null;
    vmstate: boolean;
  }[];
  lock: string | null;
  status: string;
  node: string;
  parent: string | null;
  running: boolean;
  storages: Record<string, string | null>;
  canSnapshot: boolean;
}

/** fakepve (PyPI, AGPL-3.0) in its own process, which ends with its standard input. */
export class FakePve {
  private readonly waiting = new Map<number, (answer: Answer) => void>();
  private count = 0;
  private users = 0;
  private vmids = 100;
  private static shared: Promise<FakePve> | undefined;

  private constructor(
    private readonly child: ReturnType<typeof spawn>,
    readonly port: number,
  ) {}

  /**
   * One instance for the whole process, with separate guests for each case: a process for each would be slow. The last
   * {@link stop} ends it.
   */
  static async share(python: string): Promise<FakePve> {
    FakePve.shared ??= FakePve.start(python);
    const fake = await FakePve.shared;
    fake.users++;
    return fake;
  }

  /** An unused vmid. */
  nextVmid(): number {
    return ++this.vmids;
  }

  private static async start(python: string): Promise<FakePve> {
    const child = spawn(python, [join(folder, "run-fakepve.py"), randomUUID()], { stdio: ["pipe", "pipe", "pipe"] });
    let said = "";
    child.stderr.on("data", (data) => {
      said = `${said}${data}`.slice(-4000);
    });
    const lines = createInterface({ input: child.stdout });
    const port = await new Promise<number>((resolve, reject) => {
      lines.once("line", (line) => resolve((JSON.parse(line) as { port: number }).port));
      child.once("exit", () => reject(new Error(`fakepve ended: ${said}`)));
      child.once("error", reject);
    });
    const fake = new FakePve(child, port);
    lines.on("line", (line) => fake.detail(JSON.parse(line) as Answer));
    child.once("exit", () => {
      for (const id of fake.waiting.keys()) fake.detail({ id, error: `fakepve ended: ${said}` });
    });
    return fake;
  }

  guest(vmid: number): Promise<FakeGuest | null> {
    return this.do("guest", { vmid });
  }

  do<T = void>(what: string, parameters: object): Promise<T> {
    const id = ++this.count;
    return new Promise<T>((resolve, reject) => {
      this.waiting.set(id, ({ error, value }) => {
        if (error === undefined) resolve(value as T);
        else reject(new Error(`fakepve, ${what}: ${error}`));
      });
      this.child.stdin?.write(`${JSON.stringify({ id, do: what, with: parameters })}\n`);
    });
  }

  async stop(): Promise<void> {
    if (--this.users > 0) return;
    FakePve.shared = undefined;
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGKILL");
    await ended;
  }

  private detail(answer: Answer): void {
    const tell = this.waiting.get(answer.id ?? -1);
    this.waiting.delete(answer.id ?? -1);
    tell?.(answer);
  }
}
