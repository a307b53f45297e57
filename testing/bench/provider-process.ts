import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { PluginClient, startEngineLog } from "../plugin/plugin-client";
import { packageRoot } from "../support/package-root";

/** Milliseconds that a provider is given to log out. */
const STOP = 8000;

/** `pulumi-resource-snapstate` in a process of its own, driven over gRPC as an engine drives it. */
export class ProviderProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly engine: Awaited<ReturnType<typeof startEngineLog>>,
    readonly client: PluginClient,
  ) {}

  /** @param connection settings of the connection `default` */
  static async start(connection: Record<string, unknown>): Promise<ProviderProcess> {
    const engine = await startEngineLog();
    const executable = join(packageRoot(__dirname), "bin", "pulumi-resource-snapstate");
    const child = spawn(process.execPath, [executable, engine.address], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, NO_PROXY: "127.0.0.1,localhost" },
    });
    const [port] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
    const client = new PluginClient(Number(port));
    await client.configure({ connections: JSON.stringify({ default: connection }) });
    return new ProviderProcess(child, engine, client);
  }

  get pid(): number {
    return this.child.pid as number;
  }

  /** The most memory that was resident at once since the start, in MiB; undefined where the system does not tell. */
  peakMemory(): number | undefined {
    return memoryOf(this.pid, "VmHWM");
  }

  /** Milliseconds of processor time since the start; undefined where the system does not tell. */
  cpuTime(): number | undefined {
    try {
      // Fields are counted from the end of the name, which may have spaces in it; the system counts in hundredths of a second.
      const fields = readFileSync(`/proc/${this.pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
      return (Number(fields[11]) + Number(fields[12])) * 10;
    } catch {
      return undefined;
    }
  }

  async stop(): Promise<void> {
    this.client.close();
    const ended = once(this.child, "exit");
    this.child.kill("SIGINT");
    const late = setTimeout(() => this.child.kill("SIGKILL"), STOP);
    await ended;
    clearTimeout(late);
    this.engine.stop();
  }
}

/** A line of Linux's `/proc/PID/status`, in MiB. */
export function memoryOf(pid: number, line: "VmHWM" | "VmRSS"): number | undefined {
  try {
    const found = new RegExp(`^${line}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return found ? Number(found[1]) / 1024 : undefined;
  } catch {
    return undefined;
  }
}
