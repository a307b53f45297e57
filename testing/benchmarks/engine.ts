import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EmbeddedStack, type Result } from "../engine";
import { connectionOf, programDirectory } from "../scenarios/stack";
import { startVcsim, type Vcsim } from "../vcsim/launcher";
import { sum } from "./measure";
import { type Bound, markdownTable } from "./tables";

const COUNT = 50;
const PARALLEL = 10;
const SESSION = ["RetrieveServiceContent", "Login", "Logout"];

interface Row {
  phase: string;
  wall: number;
  engine: number;
  /** Until the program and the provider run. */
  starting: number;
  calls: number;
  bound?: Bound;
}

interface Mode {
  name: string;
  callDelayMs: number;
  taskDelayMs: number;
}

const MODES: Mode[] = [
  { name: "no delay", callDelayMs: 0, taskDelayMs: 0 },
  { name: "20 ms a call, 500 ms a task", callDelayMs: 20, taskDelayMs: 500 },
];

async function measure(mode: Mode): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "snapstate-bench-"));
  const vcsim = await startVcsim({ vms: COUNT });
  try {
    await vcsim.control.delay({ callMs: mode.callDelayMs, taskMs: mode.taskDelayMs });
    const stack = await stackOf(vcsim, folder);
    await vcsim.control.calls({ reset: true });
    const rows: Row[] = [];
    rows.push(
      await row(
        "create",
        vcsim,
        () => stack.up(),
        (calls) => ({ what: `calls of a create, ${mode.name}`, figure: sum(calls) / COUNT, limit: 2.3 }),
      ),
    );
    rows.push(await row("no change", vcsim, () => stack.up()));
    rows.push(
      await row(
        "refresh",
        vcsim,
        () => stack.refresh(),
        (calls) => ({
          what: `calls of a refresh of ${COUNT} in all, sessions apart, ${mode.name}`,
          figure: sum(calls) - SESSION.reduce((count, name) => count + (calls[name] ?? 0), 0),
          limit: 2,
        }),
      ),
    );
    rows.push(
      await row(
        "delete",
        vcsim,
        () => stack.destroy(),
        (calls) => ({ what: `calls of a delete, ${mode.name}`, figure: sum(calls) / COUNT, limit: 1.3 }),
      ),
    );
    return rows;
  } finally {
    await vcsim.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function stackOf(vcsim: Vcsim, folder: string): Promise<EmbeddedStack> {
  const vms = await vcsim.control.vms();
  const resources = vms.map((vm, index) => ({
    kind: "Snapshot",
    name: `s${index}`,
    args: { target: vm.path, name: "bench" },
  }));
  return new EmbeddedStack({
    programDirectory,
    stateFile: join(folder, "state.json"),
    passphrase: "bench",
    parallel: PARALLEL,
    config: {
      "scenario:resources": JSON.stringify(resources),
      "snapstate:connections": { secret: JSON.stringify({ default: connectionOf(vcsim) }) },
    },
  });
}

async function row(
  phase: string,
  vcsim: Vcsim,
  work: () => Promise<Result>,
  judge?: (calls: Record<string, number>) => Bound,
): Promise<Row> {
  const { ok, text, timings } = await work();
  if (!ok) throw new Error(`${phase} failed: ${text}`);
  const calls = await vcsim.control.calls({ reset: true });
  return {
    phase,
    wall: timings.total,
    engine: timings.engine,
    starting: timings.starting,
    calls: sum(calls),
    ...(judge ? { bound: judge(calls) } : {}),
  };
}

/** Through the embedded engine and the dynamic provider, as a user runs it. */
export async function throughEngine(): Promise<{ text: string; bounds: Bound[] }> {
  const parts = [
    `${COUNT} snapshots on ${COUNT} VMs of the vCenter simulator at parallelism ${PARALLEL}, by the dynamic provider on the embedded engine. API calls include the login and logout of each run.`,
  ];
  const bounds: Bound[] = [];
  for (const mode of MODES) {
    const rows = await measure(mode);
    bounds.push(...rows.flatMap(({ bound }) => (bound ? [bound] : [])));
    parts.push("", `### ${mode.name}`, "", tableOf(rows));
  }
  parts.push(
    "",
    "Starting is that of the program and of the provider's process. The time of the engine is what is left of the wall time when starting, and the time in which the provider was at work, are taken away. terraform-provider-vsphere makes 6 calls to create a snapshot, 3 to read and 10 to destroy one (measured with 50 snapshots at parallelism 10 against the same kind of simulator).",
  );
  return { text: parts.join("\n"), bounds };
}

function tableOf(rows: Row[]): string {
  const seconds = (milliseconds: number) => (milliseconds / 1000).toFixed(2);
  return markdownTable(
    ["phase", "wall, s", "of it engine, s", "of it starting, s", "API calls", "a snapshot"],
    rows.map(({ phase, wall, engine, starting, calls }) => [
      phase,
      seconds(wall),
      seconds(engine),
      seconds(starting),
      String(calls),
      (calls / COUNT).toFixed(2),
    ]),
  );
}
