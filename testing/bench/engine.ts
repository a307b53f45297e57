import { text } from "../e2e/outcome";
import { type CliStack, newStack, type Outcome } from "../e2e/stack";
import { startVcsim, type Vcsim } from "../vcsim/launcher";
import { sum } from "./measure";
import { type Bound, markdownTable } from "./tables";

const COUNT = 50;
const PARALLEL = 10;
const SESSION = ["RetrieveServiceContent", "Login", "Logout"];

interface Row {
  phase: string;
  wall: number;
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
  const vcsim = await startVcsim({ vms: COUNT });
  const stack = await stackOf(vcsim);
  try {
    await stack.open();
    await vcsim.control.delay({ callMs: mode.callDelayMs, taskMs: mode.taskDelayMs });
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
    stack.remove();
  }
}

async function stackOf(vcsim: Vcsim): Promise<CliStack> {
  const stack = newStack(vcsim, { parallel: PARALLEL });
  const vms = await vcsim.control.vms();
  stack.declare(
    ...vms.map((vm, index) => ({
      kind: "Snapshot" as const,
      name: `s${index}`,
      args: { target: vm.path, name: "bench" },
    })),
  );
  return stack;
}

async function row(
  phase: string,
  vcsim: Vcsim,
  work: () => Promise<Outcome>,
  judge?: (calls: Record<string, number>) => Bound,
): Promise<Row> {
  const started = performance.now();
  const outcome = await work();
  const wall = performance.now() - started;
  if (!outcome.ok) throw new Error(`${phase} failed: ${text(outcome)}`);
  const calls = await vcsim.control.calls({ reset: true });
  return {
    phase,
    wall,
    calls: sum(calls),
    ...(judge ? { bound: judge(calls) } : {}),
  };
}

/** Through the Pulumi CLI and the dynamic provider, as a user runs it. */
export async function throughEngine(): Promise<{ text: string; bounds: Bound[] }> {
  const parts = [
    `${COUNT} snapshots on ${COUNT} VMs of the vCenter simulator at parallelism ${PARALLEL}, by the dynamic provider under the Pulumi CLI, whose start is in the times. API calls include the login and logout of each run.`,
  ];
  const bounds: Bound[] = [];
  for (const mode of MODES) {
    const rows = await measure(mode);
    bounds.push(...rows.flatMap(({ bound }) => (bound ? [bound] : [])));
    parts.push("", `### ${mode.name}`, "", tableOf(rows));
  }
  parts.push(
    "",
    "terraform-provider-vsphere makes 6 calls to create a snapshot, 3 to read and 10 to destroy one (measured with 50 snapshots at parallelism 10 against the same kind of simulator).",
  );
  return { text: parts.join("\n"), bounds };
}

function tableOf(rows: Row[]): string {
  return markdownTable(
    ["phase", "wall, s", "API calls", "a snapshot"],
    rows.map(({ phase, wall, calls }) => [phase, (wall / 1000).toFixed(2), String(calls), (calls / COUNT).toFixed(2)]),
  );
}
