import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { EmbeddedStack, type Result } from "../engine";
import { connectionOf, programDirectory } from "../scenarios/stack";
import { packageRoot } from "../support/package-root";
import { startVcsim, type Vcsim } from "../vcsim/launcher";

/*
 * `npm run bench`: 50 snapshots on 50 VMs at parallelism 10, through the engine, the dynamic provider and the simulator.
 * The bounds are counts of calls, which a slow machine does not change. `npm run bench -- --write` puts the result into
 * docs/performance.md.
 */

const COUNT = 50;
const PARALLEL = 10;
const SESSION = new Set(["RetrieveServiceContent", "Login", "Logout"]);

interface Row {
  phase: string;
  wall: number;
  engine: number;
  /** Until the program and the provider run. */
  starting: number;
  calls: number;
  perSnapshot: number;
  /** Calls a snapshot, or in all for a refresh. */
  bound?: number;
  within: boolean;
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
        (calls) => ({ figure: all(calls) / COUNT, bound: 2.3 }),
      ),
    );
    rows.push(await row("no change", vcsim, () => stack.up()));
    rows.push(
      await row(
        "refresh",
        vcsim,
        () => stack.refresh(),
        (calls) => ({ figure: all(calls, SESSION), bound: 2 }),
      ),
    );
    rows.push(
      await row(
        "delete",
        vcsim,
        () => stack.destroy(),
        (calls) => ({ figure: all(calls) / COUNT, bound: 1.3 }),
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
  judge?: (calls: Record<string, number>) => { figure: number; bound: number },
): Promise<Row> {
  const { ok, text, timings } = await work();
  if (!ok) throw new Error(`${phase} failed: ${text}`);
  const calls = await vcsim.control.calls({ reset: true });
  const judged = judge?.(calls);
  return {
    phase,
    wall: timings.total,
    engine: timings.engine,
    starting: timings.starting,
    calls: all(calls),
    perSnapshot: all(calls) / COUNT,
    ...(judged ? { bound: judged.bound } : {}),
    within: judged === undefined || judged.figure <= judged.bound,
  };
}

function all(calls: Record<string, number>, except: ReadonlySet<string> = new Set()): number {
  return Object.entries(calls).reduce((sum, [method, count]) => sum + (except.has(method) ? 0 : count), 0);
}

function table(rows: Row[]): string {
  const head =
    "| phase | wall, s | of it engine, s | of it starting, s | API calls | a snapshot | bound | |\n| --- | --- | --- | --- | --- | --- | --- | --- |";
  const lines = rows.map(({ phase, wall, engine, starting, calls, perSnapshot, bound, within }) => {
    const limit =
      bound === undefined ? "" : phase === "refresh" ? `${bound} in all, sessions apart` : `${bound} a snapshot`;
    return `| ${phase} | ${(wall / 1000).toFixed(2)} | ${(engine / 1000).toFixed(2)} | ${(starting / 1000).toFixed(2)} | ${calls} | ${perSnapshot.toFixed(2)} | ${limit} | ${bound === undefined ? "" : within ? "kept" : "BROKEN"} |`;
  });
  return [head, ...lines].join("\n");
}

async function main(): Promise<void> {
  const parts = [
    "# Performance",
    "",
    `Made by \`npm run bench -- --write\` on ${cpus().length} cores, Node ${process.version}: ${COUNT} snapshots on ${COUNT} VMs of the vCenter simulator at parallelism ${PARALLEL}, on the embedded engine. API calls include the login and logout of each run.`,
  ];
  let kept = true;
  for (const mode of MODES) {
    const rows = await measure(mode);
    kept &&= rows.every(({ within }) => within);
    parts.push("", `## ${mode.name}`, "", table(rows));
    process.stdout.write(`\n${mode.name}\n${table(rows)}\n`);
  }
  parts.push(
    "",
    "Starting is that of the program and of the provider's process. The time of the engine is what is left of the wall time when starting, and the time in which the provider was at work, are taken away. terraform-provider-vsphere makes 6 calls to create a snapshot, 3 to read and 10 to destroy one (measured with 50 snapshots at parallelism 10 against the same kind of simulator).",
    "",
  );
  if (process.argv.includes("--write"))
    writeFileSync(join(packageRoot(__dirname), "docs", "performance.md"), parts.join("\n"));
  if (!kept) process.exitCode = 1;
}

main().catch((error: Error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
