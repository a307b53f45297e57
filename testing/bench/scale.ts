import { startVcsim } from "../vcsim/launcher";
import { type Measured, measure, PHASES, type Phase } from "./measure";
import { slope } from "./slope";
import { type Bound, markdownTable } from "./tables";
import { vcsimBench } from "./vcsim-bench";

const VMS = 5000;
const COUNTS = [50, 500, 5000];
const PARALLEL = 50;
/** For the largest count. */
const SECONDS: Record<Phase, number> = { create: 60, refresh: 10, delete: 16 };

/** Calls, time and memory of one provider process as the number of snapshots in a large inventory grows. */
export async function scale(): Promise<{ text: string; bounds: Bound[] }> {
  const vcsim = await startVcsim({ vms: VMS, autostart: false });
  try {
    const bench = await vcsimBench(vcsim, "vSphere", PARALLEL);
    const rows: Measured[] = [];
    for (const count of COUNTS) {
      const measured = await measure(bench, count);
      for (const row of measured)
        process.stdout.write(`${count} ${row.phase}: ${Math.round(row.wall)} ms, ${row.calls} calls\n`);
      rows.push(...measured);
    }
    return { text: textOf(rows), bounds: boundsOf(rows) };
  } finally {
    await vcsim.stop();
  }
}

function textOf(rows: Measured[]): string {
  const table = markdownTable(
    ["snapshots", "phase", "API calls", "calls a snapshot", "wall, s", "ms a snapshot", "peak memory, MiB"],
    rows.map(({ count, phase, calls = 0, wall, memory }) => [
      String(count),
      phase,
      String(calls),
      (calls / count).toFixed(3),
      (wall / 1000).toFixed(2),
      (wall / count).toFixed(1),
      memory === undefined ? "" : memory.toFixed(0),
    ]),
  );
  const slopes = markdownTable(
    ["phase", "slope of calls", "slope of time"],
    PHASES.map((phase) => {
      const of = (cost: (row: Measured) => number) =>
        slope(rows.filter((row) => row.phase === phase).map((row) => ({ count: row.count, cost: cost(row) }))).toFixed(
          2,
        );
      return [phase, of(({ calls = 0 }) => calls), of(({ wall }) => wall)];
    }),
  );
  return [
    `${COUNTS.join(", ")} snapshots in an inventory of ${VMS} VMs at parallelism ${PARALLEL}. A whole engine would cost more than the provider here, so the plugin is driven over gRPC in a process of its own, one a phase, in the order in which Pulumi's engine calls it: checks one after the other, the rest side by side. The start of the process is not in the time; the simulator and the driving process share the machine with it.`,
    "",
    table,
    "",
    "The slope is that of the series in a log-log diagram: 1 is in proportion to the count, 2 quadratic.",
    "",
    slopes,
  ].join("\n");
}

function boundsOf(rows: Measured[]): Bound[] {
  const [least = 0, most = 0] = COUNTS.slice(-2);
  const find = (phase: Phase, count: number) =>
    rows.find((row) => row.phase === phase && row.count === count) as Measured;
  const ratio = (phase: Phase, cost: (row: Measured) => number) =>
    cost(find(phase, most)) / most / (cost(find(phase, least)) / least);
  const memories = rows.flatMap(({ memory }) => (memory === undefined ? [] : [memory]));
  return [
    { what: `calls of a refresh of ${most}`, figure: find("refresh", most).calls ?? 0, limit: 40 },
    { what: `calls of a create, of ${most}`, figure: (find("create", most).calls ?? 0) / most, limit: 2.3 },
    { what: `calls of a delete, of ${most}`, figure: (find("delete", most).calls ?? 0) / most, limit: 1.3 },
    ...(memories.length > 0
      ? [{ what: "peak memory of the provider, MiB", figure: Math.max(...memories), limit: 280 }]
      : []),
    ...PHASES.flatMap((phase) => [
      {
        what: `calls a snapshot, ${phase}, ${most} to ${least}`,
        figure: ratio(phase, ({ calls = 0 }) => calls),
        limit: 1.2,
      },
      { what: `time a snapshot, ${phase}, ${most} to ${least}`, figure: ratio(phase, ({ wall }) => wall), limit: 1.2 },
      { what: `seconds of a ${phase} of ${most}`, figure: find(phase, most).wall / 1000, limit: SECONDS[phase] },
    ]),
  ];
}
