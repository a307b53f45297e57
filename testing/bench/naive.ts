import { atOnce } from "../proof/at-once";
import { startVcsim, type Vcsim } from "../vcsim/launcher";
import { type Measured, measure, PHASES, sum } from "./measure";
import { NaiveClient } from "./naive-client";
import { markdownTable } from "./tables";
import { vcsimBench } from "./vcsim-bench";

const COUNTS = [50, 500];
const PARALLEL = 25;
const DELAY = { callMs: 20, taskMs: 500 };

/** The provider and a naive client, side by side in one run on one simulator. */
export async function besideNaive(): Promise<string> {
  const vcsim = await startVcsim({ vms: Math.max(...COUNTS), autostart: false });
  try {
    await vcsim.control.delay(DELAY);
    const bench = await vcsimBench(vcsim, "vSphere", PARALLEL);
    const rows: string[][] = [];
    for (const count of COUNTS) {
      const ours = await measure(bench, count);
      const theirs = await naive(vcsim, count);
      for (const phase of PHASES) rows.push([String(count), phase, ...cells(phase, theirs), ...cells(phase, ours)]);
    }
    const head = ["calls", "calls a snapshot", "wall, s"];
    return [
      `A client with one call a step, one poll a task and a read of its own for everything (\`testing/bench/naive-client.ts\`), at the same parallelism of ${PARALLEL} on the same simulator, where a call takes ${DELAY.callMs} ms and a task ${DELAY.taskMs} ms. It looks for no marker, checks nothing beforehand, and survives no lost reply.`,
      "",
      markdownTable(
        ["snapshots", "phase", ...head.map((name) => `naive: ${name}`), ...head.map((name) => `snapstate: ${name}`)],
        rows,
      ),
    ].join("\n");
  } finally {
    await vcsim.stop();
  }
}

function cells(phase: string, rows: Measured[]): string[] {
  const { calls = 0, count, wall } = rows.find((row) => row.phase === phase) as Measured;
  return [String(calls), (calls / count).toFixed(2), (wall / 1000).toFixed(2)];
}

async function naive(vcsim: Vcsim, count: number): Promise<Measured[]> {
  const vms = (await vcsim.control.vms()).slice(0, count);
  const snapshots = new Map<string, string>();
  const rows: Measured[] = [];
  for (const phase of PHASES) {
    const client = new NaiveClient(vcsim, PARALLEL);
    await vcsim.control.calls({ reset: true });
    const begun = performance.now();
    await client.login();
    await atOnce(PARALLEL, vms, async ({ path }) => {
      if (phase === "create") snapshots.set(path, await client.create(path, "naive"));
      else if (phase === "refresh") await client.read(path, snapshots.get(path) ?? "");
      else await client.delete(path, snapshots.get(path) ?? "");
    });
    const wall = performance.now() - begun;
    await client.close();
    const calls = sum(await vcsim.control.calls({ reset: true }));
    rows.push({ phase, count, wall, calls, memory: undefined });
  }
  return rows;
}
