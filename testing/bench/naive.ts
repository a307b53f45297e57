import { atOnce } from "../proof/at-once";
import { startVcsim, type Vcsim } from "../vcsim/launcher";
import { BareClient } from "./bare-client";
import { DELAY, type Measured, measure, median, NO_DELAY, nameOf, PHASES, type Phase, sum } from "./measure";
import type { NaiveClient } from "./naive-client";
import { PEERS } from "./peers";
import { type Bound, markdownTable } from "./tables";
import { vcsimBench } from "./vcsim-bench";

const PARALLEL = 10;
/** Runs of each client, in turn; figures are medians. */
const ROUNDS = Number(process.env.SNAPSTATE_BENCH_ROUNDS ?? 3);

interface Mode {
  count: number;
  delay: typeof DELAY;
  /** Maximum wall time as a multiple of the naive client's. */
  limit: number;
}

const MODES: Mode[] = [
  { count: 50, delay: NO_DELAY, limit: 2.5 },
  { count: 500, delay: NO_DELAY, limit: 1.5 },
  { count: 50, delay: DELAY, limit: 1.15 },
  { count: 500, delay: DELAY, limit: 1.05 },
];
const SIDES = ["bare bound", "naive", "snapstate"] as const;
const CALLS = { create: 2.3, refresh: Number.POSITIVE_INFINITY, delete: 1.3 };

/** Measures the provider, the naive client and the bare bound in turn. */
export async function besideNaive(): Promise<{ text: string; bounds: Bound[] }> {
  const bounds: Bound[] = [];
  const rows: string[][] = [];
  for (const mode of MODES) {
    const sides = await inTurn(mode);
    const name = nameOf(mode);
    for (const phase of PHASES) {
      rows.push([name, phase, ...sides.flatMap((side) => cells(side.filter((row) => row.phase === phase)))]);
      bounds.push(...boundsOf(name, phase, mode, sides));
    }
    process.stdout.write(`${rows.slice(-PHASES.length).map(String).join("\n")}\n`);
  }
  const head = SIDES.map((side) => `${side}: s (calls)`);
  const text = [
    `At parallelism ${PARALLEL} over gRPC, the plugin in a process of its own; ${ROUNDS === 1 ? "one run" : `medians of ${ROUNDS} runs`} of each side in turn, on simulators of their own. The naive client makes one call a step, one poll a task and a read of its own for everything (\`testing/bench/naive-client.ts\`): it looks for no marker, checks nothing beforehand, and survives no lost reply. The bare bound knows all ids, sends changes in rounds and polls once a round (\`testing/bench/bare-client.ts\`).`,
    "",
    markdownTable(["snapshots", "phase", ...head, "snapstate: CPU, s"], rows),
    "",
    PEERS,
  ].join("\n");
  return { text, bounds };
}

/** @returns the rows of each side, in the order of {@link SIDES} */
async function inTurn(mode: Mode): Promise<Measured[][]> {
  const ours = async (vcsim: Vcsim) => measure(await vcsimBench(vcsim, "vSphere", PARALLEL), mode.count);
  const ways = [bare, naive, ours];
  const sides: Measured[][] = ways.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, way] of ways.entries()) {
      // A new simulator for each run: reads of a VM include the tasks of earlier runs.
      const vcsim = await startVcsim({ vms: mode.count, autostart: false });
      try {
        await vcsim.control.delay(mode.delay);
        sides[index]?.push(...(await way(vcsim, mode)));
      } finally {
        await vcsim.stop();
      }
    }
  }
  return sides;
}

function boundsOf(name: string, phase: Phase, mode: Mode, [, naiveRows = [], ours = []]: Measured[][]): Bound[] {
  if (phase === "refresh") {
    if (mode.count !== 50) return [];
    // Login, logout and the service content.
    const calls = callsOf(ours, phase) - 3;
    return [{ what: `calls of a refresh of 50, session apart, ${name}`, figure: calls, limit: 2 }];
  }
  const bounds = [
    { what: `calls of a ${phase}, ${name}`, figure: callsOf(ours, phase) / mode.count, limit: CALLS[phase] },
    {
      what: `time of ${phase} to naive, ${name}`,
      figure: wallOf(ours, phase) / wallOf(naiveRows, phase),
      limit: mode.limit,
    },
  ];
  const cpu = cpuOf(ours.filter((row) => row.phase === phase));
  if (mode.count === 500 && phase === "create" && cpu !== undefined)
    bounds.push({ what: `CPU seconds of 500 creates, ${name}`, figure: cpu / 1000, limit: 4 });
  return bounds;
}

const callsOf = (rows: Measured[], phase: Phase) => of(rows, phase, ({ calls = 0 }) => calls);
const wallOf = (rows: Measured[], phase: Phase) => of(rows, phase, ({ wall }) => wall);

function of(rows: Measured[], phase: Phase, figure: (row: Measured) => number): number {
  return median(rows.filter((row) => row.phase === phase).map(figure));
}

function cpuOf(rows: Measured[]): number | undefined {
  const times = rows.flatMap(({ cpu }) => (cpu === undefined ? [] : [cpu]));
  return times.length > 0 ? median(times) : undefined;
}

function cells(rows: Measured[]): string[] {
  if (rows.length === 0) return [""];
  const wall = median(rows.map((row) => row.wall)) / 1000;
  const calls = median(rows.map((row) => row.calls ?? 0));
  const cpu = cpuOf(rows);
  return [`${wall.toFixed(2)} (${calls})`, ...(cpu === undefined ? [] : [(cpu / 1000).toFixed(2)])];
}

async function bare(vcsim: Vcsim, mode: Mode): Promise<Measured[]> {
  const vms = (await vcsim.control.vms()).slice(0, mode.count).map(({ moref }) => moref);
  const snapshots: string[] = [];
  const rounds = <T>(items: readonly T[]) =>
    Array.from({ length: Math.ceil(items.length / PARALLEL) }, (_, n) => items.slice(n * PARALLEL, (n + 1) * PARALLEL));
  const create = await timed(vcsim, mode, "create", async (client) => {
    for (const round of rounds(vms)) snapshots.push(...(await client.createAll(round)));
  });
  const remove = await timed(vcsim, mode, "delete", async (client) => {
    for (const round of rounds(snapshots)) await client.deleteAll(round);
  });
  return [create, remove];
}

async function naive(vcsim: Vcsim, mode: Mode): Promise<Measured[]> {
  const vms = (await vcsim.control.vms()).slice(0, mode.count);
  const snapshots = new Map<string, string>();
  const rows: Measured[] = [];
  for (const phase of PHASES) {
    const work = (client: NaiveClient) =>
      atOnce(PARALLEL, vms, async ({ path }) => {
        if (phase === "create") snapshots.set(path, await client.create(path, "naive"));
        else if (phase === "refresh") await client.read(path, snapshots.get(path) ?? "");
        else await client.delete(path, snapshots.get(path) ?? "");
      });
    rows.push(await timed(vcsim, mode, phase, work));
  }
  return rows;
}

async function timed(
  vcsim: Vcsim,
  { count, delay }: Mode,
  phase: Phase,
  work: (client: BareClient) => Promise<void>,
): Promise<Measured> {
  const client = new BareClient(vcsim, PARALLEL, delay.taskMs);
  await vcsim.control.calls({ reset: true });
  const started = performance.now();
  await client.login();
  await work(client);
  const wall = performance.now() - started;
  await client.close();
  const calls = sum(await vcsim.control.calls({ reset: true }));
  return { phase, count, wall, calls, memory: undefined, cpu: undefined };
}
