import { type Declared, Drive, type Made } from "./drive";
import { ProviderProcess } from "./provider-process";

export const PHASES = ["create", "refresh", "delete"] as const;
export type Phase = (typeof PHASES)[number];

export interface Measured {
  phase: Phase;
  count: number;
  /** Milliseconds, from the first call of the provider to the last answer; its start is left out. */
  wall: number;
  /** What was asked of the platform, logins and logouts included; undefined where nothing counts that. */
  calls: number | undefined;
  /** The most resident memory of the provider's process, in MiB; undefined where the system does not tell. */
  memory: number | undefined;
  /** Milliseconds of processor time of the provider's process, its start apart; undefined where the system does not tell. */
  cpu: number | undefined;
}

/** What is measured on. */
export interface Bench {
  title: string;
  /** Type of the resources. */
  type: string;
  /** Settings of the connection `default`. */
  connection: Record<string, unknown>;
  targets: readonly Declared[];
  parallel: number;
  /** Calls that reached the platform since it was last asked. */
  takeCalls?: () => Promise<number>;
}

/** Creates, reads and deletes one snapshot of each of so many targets, each phase in a provider process of its own, as in Pulumi. */
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

/** The upper one of two in the middle; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
