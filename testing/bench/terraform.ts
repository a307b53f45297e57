import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TofuProject } from "../e2e/tofu";
import { packageRoot } from "../support/package-root";
import { startVcsim, type Vcsim } from "../vcsim/launcher";
import { sum } from "./measure";
import { type Bound, markdownTable } from "./tables";

/** VMs, each with one snapshot of a `for_each`. */
const COUNT = 500;
/** A folder in the layout of a filesystem mirror, with terraform-provider-vsphere, which is then measured beside ours. */
const MIRROR = "SNAPSTATE_BENCH_MIRROR";
const CONFIGURATIONS = join(packageRoot(__dirname), "testing", "bench", "terraform");

interface Row {
  phase: string;
  wall: number;
  calls: number;
}

/** `for_each` over many VMs on OpenTofu, by snapstate and, where it is given, by VMware's provider. */
export async function onOpenTofu(): Promise<{ text: string; bounds: Bound[] }> {
  const ours = await measured("snapstate");
  const mirror = process.env[MIRROR];
  const theirs = mirror === undefined ? [] : await measured("vsphere", mirror);
  const rows = [...ours.map((row) => ["snapstate", row] as const), ...theirs.map((row) => ["vsphere", row] as const)];
  const text = [
    `\`for_each\` over ${COUNT} VMs of the vCenter simulator on OpenTofu at its parallelism of 10. The engine's start and logins are in the figures. With a filesystem mirror that has vmware/vsphere in the variable ${MIRROR}, that provider is measured on the same configuration.`,
    "",
    markdownTable(
      ["provider", "phase", "API calls", "calls a snapshot", "wall, s"],
      rows.map(([name, { phase, calls, wall }]) => [
        name,
        phase,
        String(calls),
        (calls / COUNT).toFixed(3),
        (wall / 1000).toFixed(1),
      ]),
    ),
  ].join("\n");
  const calls = (phase: string) => ours.find((row) => row.phase === phase)?.calls ?? Number.NaN;
  const bounds = [
    // An apply and a destroy refresh and plan first, ten at a time, so that at most ten reads travel together.
    { what: `calls of an apply, a snapshot, of ${COUNT}`, figure: calls("apply") / COUNT, limit: 2.6 },
    {
      what: `calls of a plan without a change, a snapshot, of ${COUNT}`,
      figure: calls("no change") / COUNT,
      limit: 0.5,
    },
    { what: `calls of a destroy, a snapshot, of ${COUNT}`, figure: calls("destroy") / COUNT, limit: 1.7 },
  ];
  return { text, bounds };
}

async function measured(provider: "snapstate" | "vsphere", mirror?: string): Promise<Row[]> {
  const vcsim = await startVcsim({ vms: COUNT, autostart: false });
  const tofu = await TofuProject.open();
  try {
    for (const file of ["variables", provider])
      cpSync(join(CONFIGURATIONS, `${file}.tf`), join(tofu.folder, `${file}.tf`));
    writeFileSync(join(tofu.folder, "terraform.tfvars.json"), JSON.stringify(await variables(vcsim)));
    const environment = mirror === undefined ? {} : mirrored(tofu.folder, mirror);
    const run = async (...args: string[]) => {
      const { code, output } = await tofu.run(args, environment);
      if (code !== 0) throw new Error(`tofu ${args.join(" ")}: ${output.slice(-4000)}`);
    };
    if (mirror !== undefined) await run("init", "-input=false");
    const rows: Row[] = [];
    for (const [phase, ...args] of [
      ["plan", "plan", "-input=false"],
      ["apply", "apply", "-auto-approve", "-input=false"],
      ["no change", "plan", "-input=false", "-detailed-exitcode"],
      ["destroy", "destroy", "-auto-approve", "-input=false"],
    ] as const) {
      await vcsim.control.calls({ reset: true });
      const started = performance.now();
      await run(...args);
      const wall = performance.now() - started;
      rows.push({ phase, wall, calls: sum(await vcsim.control.calls()) });
      process.stdout.write(`${provider} ${phase}: ${Math.round(wall)} ms, ${rows.at(-1)?.calls} calls\n`);
    }
    const left = (await vcsim.control.vms()).filter(({ snapshots }) => snapshots.length > 0);
    if (left.length > 0) throw new Error(`${left.length} VMs still have a snapshot`);
    return rows;
  } finally {
    await vcsim.stop();
    tofu.remove();
  }
}

async function variables({ host, port, username, password, fingerprint, control }: Vcsim): Promise<object> {
  const vms = Object.fromEntries((await control.vms()).map(({ path, uuid }) => [path, uuid]));
  return { endpoint: `${host}:${port}`, username, password, fingerprint, vms };
}

function mirrored(folder: string, mirror: string): NodeJS.ProcessEnv {
  const file = join(folder, "mirror.tfrc");
  writeFileSync(file, `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(mirror)}\n  }\n}\n`);
  return { TF_CLI_CONFIG_FILE: file };
}
