import { type Declared, Drive, type Made } from "./drive";
import { ProviderProcess } from "./provider-process";

/** Milliseconds of the simulator for each call and each task. */
export const DELAY = { callMs: 20, taskMs: 500 };
export const NO_DELAY = { callMs: 0, taskMs: 0 };

/** Name of a series of measurements, for tables. */
export function nameOf({ count, delay }: { count: number; delay: typeof DELAY }): string {
  return `${count}, ${delay.callMs} ms a call + ${delay.taskMs} ms a task`;
}

export const PHASES = ["create", "refresh", "delete"] as const;
export type Phase = (typeof PHASES)[number];

export interface Measured {
  phase: Phase;
  count: number;
  /** Milliseconds from the first call of the provider to the last reply, without its start. */
  wall: number;
  /** Requests to the platform, logins and logouts included; undefined where nothing counts them. */
  calls: number | undefined;
  /** Peak resident memory of the provider's process, in MiB; undefined where the system does not report it. */
  memory: number | undefined;
  /**
   * Processor time of the provider's process in milliseconds, without its start; undefined where the system does not
   * report it.
   */
  cpu: number | undefined;
}

/** The platform to measure on. */
export interface Bench {
  title: string;
  /** Type of the resources. */
  type: string;
  /** Settings of the connection `default`. */
  connection: Record<string, unknown>;
  targets: readonly Declared[];
  parallel: number;
  /** Returns the number of calls since it was last called. */
  takeCalls?: () => Promise<number>;
}

/** Creates, reads and deletes one snapshot of each target. Each phase has its own provider process, as in Pulumi. */
export async function measure(bench: Bench, count: number): Promise<Measured[]> {
  const rows: Measured[] = [];
  let made: Made[] = [];
  for (const phase of PHASES) {
    const provider = await ProviderProcess.start(bench.connection);
    await bench.takeCalls?.();
    const started = performance.now();
    const busy = provider.cpuTime();
    let wall: number;
    let memory: number | undefined;
    let cpu: number | undefined;
    try {
      const drive = new Drive(provider, bench.type, bench.parallel);
      if (phase === "create") made = await drive.create(bench.targets.slice(0, count));
      else await drive[phase](made);
      wall = performance.now() - started;
      memory = provider.peakMemory();
      const now = provider.cpuTime();
      cpu = busy === undefined || now === undefined ? undefined : now - busy;
    } finally {
      await provider.stop();
    }
    rows.push({ phase, count, wall, memory, cpu, calls: await bench.takeCalls?.() });
  }
  return rows;
}

/** The median; the upper of two middle values. NaN for an empty list. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
