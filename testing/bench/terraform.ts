import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TofuProject } from "../e2e/tofu";
import { packageTerraform, thisSystem } from "../package/terraform-bundle";
import { packageRoot } from "../support/package-root";
import { startVcsim, type Vcsim } from "../vcsim/launcher";
import { DELAY, NO_DELAY, nameOf, sum } from "./measure";
import { type Bound, markdownTable } from "./tables";

/** Filesystem mirror with terraform-provider-vsphere, which is then measured as well. */
const MIRROR = "SNAPSTATE_BENCH_MIRROR";
const CONFIGURATIONS = join(packageRoot(__dirname), "testing", "bench", "terraform");

const MODES = [
  { count: 50, delay: NO_DELAY },
  { count: 500, delay: NO_DELAY },
  { count: 50, delay: DELAY },
  { count: 500, delay: DELAY },
];
type Mode = (typeof MODES)[number];

const COMMANDS = {
  plan: ["plan", "-input=false"],
  apply: ["apply", "-auto-approve", "-input=false"],
  "no change": ["plan", "-input=false", "-detailed-exitcode"],
  destroy: ["destroy", "-auto-approve", "-input=false"],
};
const PHASES = Object.keys(COMMANDS) as Phase[];
type Phase = keyof typeof COMMANDS;
/** Most calls for each snapshot: an apply and a destroy refresh and plan first, and ten reads at most travel together. */
const CALLS: Record<Phase, number> = { plan: 1, apply: 2.6, "no change": 0.5, destroy: 1.7 };

interface Figures {
  wall: number;
  calls: number;
}

/** `for_each` over many VMs on OpenTofu, with the packaged provider and, where it is given, VMware's. */
export async function onOpenTofu(): Promise<{ text: string; bounds: Bound[] }> {
  const folder = mkdtempSync(join(tmpdir(), "snapstate-bench-"));
  try {
    const { mirror } = packageTerraform(join(folder, "terraform"), [thisSystem()]);
    const rows: string[][] = [];
    const bounds: Bound[] = [];
    for (const mode of MODES) {
      const ours = await measured("snapstate", mirror, folder, mode);
      const peer = process.env[MIRROR];
      const theirs = peer === undefined ? undefined : await measured("vsphere", peer, folder, mode);
      const name = nameOf(mode);
      for (const phase of PHASES) {
        rows.push([name, phase, cell(ours[phase]), theirs ? cell(theirs[phase]) : ""]);
        bounds.push(...boundsOf(phase, name, mode, ours[phase], theirs?.[phase]));
      }
    }
    const text = [
      `\`for_each\` over the VMs of the vCenter simulator on OpenTofu at its parallelism of 10, by the provider as it is packaged. The engine's start and logins are in the figures. With a filesystem mirror that has vmware/vsphere in the variable ${MIRROR}, that provider is measured on the same configuration. It reads nothing in a plan of new snapshots.`,
      "",
      markdownTable(["snapshots", "command", "snapstate: s (calls)", "vmware/vsphere: s (calls)"], rows),
    ].join("\n");
    return { text, bounds };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function cell({ wall, calls }: Figures): string {
  return `${(wall / 1000).toFixed(1)} (${calls})`;
}

function boundsOf(phase: Phase, name: string, { count }: Mode, ours: Figures, theirs: Figures | undefined): Bound[] {
  const bounds: Bound[] = [];
  if (count === 500) {
    bounds.push({ what: `calls of ${phase}, a snapshot, ${name}`, figure: ours.calls / count, limit: CALLS[phase] });
  }
  if (theirs !== undefined && (phase === "apply" || phase === "destroy")) {
    bounds.push({ what: `time of ${phase} to vmware/vsphere, ${name}`, figure: ours.wall / theirs.wall, limit: 1 });
  }
  return bounds;
}

async function measured(
  provider: "snapstate" | "vsphere",
  mirror: string,
  cache: string,
  mode: Mode,
): Promise<Record<Phase, Figures>> {
  const vcsim = await startVcsim({ vms: mode.count, autostart: false });
  const tofu = await TofuProject.open({ XDG_CACHE_HOME: cache, LOCALAPPDATA: cache });
  try {
    await vcsim.control.delay(mode.delay);
    for (const file of ["variables", provider])
      cpSync(join(CONFIGURATIONS, `${file}.tf`), join(tofu.folder, `${file}.tf`));
    writeFileSync(join(tofu.folder, "terraform.tfvars.json"), JSON.stringify(await variables(vcsim)));
    const environment = tofu.fromMirror(mirror);
    const run = async (...args: string[]) => {
      const { code, output } = await tofu.run(args, environment);
      if (code !== 0) throw new Error(`tofu ${args.join(" ")}: ${output.slice(-4000)}`);
    };
    await run("init", "-input=false");
    const figures = {} as Record<Phase, Figures>;
    for (const phase of PHASES) {
      await vcsim.control.calls({ reset: true });
      const started = performance.now();
      await run(...COMMANDS[phase]);
      const wall = performance.now() - started;
      figures[phase] = { wall, calls: sum(await vcsim.control.calls()) };
      process.stdout.write(`${provider}, ${nameOf(mode)}, ${phase}: ${cell(figures[phase])}\n`);
    }
    const left = (await vcsim.control.vms()).filter(({ snapshots }) => snapshots.length > 0);
    if (left.length > 0) throw new Error(`${left.length} VMs still have a snapshot`);
    return figures;
  } finally {
    await vcsim.stop();
    tofu.remove();
  }
}

async function variables({ host, port, username, password, fingerprint, control }: Vcsim): Promise<object> {
  const vms = Object.fromEntries((await control.vms()).map(({ path, uuid }) => [path, uuid]));
  return { endpoint: `${host}:${port}`, username, password, fingerprint, vms };
}
