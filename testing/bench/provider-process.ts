import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { PluginClient, startEngineLog } from "../plugin/plugin-client";
import { packageRoot } from "../support/package-root";

/** Milliseconds until a provider that does not stop is killed. */
const STOP = 8000;

/** Runs `pulumi-resource-snapstate` and calls it over gRPC as an engine does. */
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

  /** Peak resident memory since the start, in MiB; undefined where the system does not report it. */
  peakMemory(): number | undefined {
    return memoryOf(this.pid, "VmHWM");
  }

  /** Processor time since the start in milliseconds; undefined where the system does not report it. */
  cpuTime(): number | undefined {
    try {
      // The process name may contain spaces, so fields are counted after it. Linux reports hundredths of a second.
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
