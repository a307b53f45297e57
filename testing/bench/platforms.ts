import { type RunningPlatform, simulated, type WiredPlatform } from "../platforms";
import { qemu } from "../platforms/qemu";
import { vsphere } from "../platforms/vsphere";
import { type Bench, type Measured, measure } from "./measure";
import { markdownTable } from "./tables";
import { vcsimBench } from "./vcsim-bench";

const COUNT = 50;
const QEMU_VMS = 8;
const PARALLEL = 10;
/** Seconds between polls of a task, for platforms with that setting. */
const POLL = "200ms";

/** Create, read and delete on every platform. */
export async function platforms(): Promise<string> {
  const rows: string[][] = [];
  const add = (title: string, measured: Measured[]) => {
    for (const { phase, count, calls, wall } of measured) {
      const asked = calls === undefined ? ["", ""] : [String(calls), (calls / count).toFixed(2)];
      rows.push([title, String(count), phase, ...asked, (wall / 1000).toFixed(2)]);
    }
  };
  const vcenter = await vsphere(COUNT);
  if (typeof vcenter === "string") throw new Error(vcenter);
  try {
    await vcenter.taskTime(0);
    add("vSphere", await measure(await vcsimBench(vcenter.vcsim, "vSphere", PARALLEL), COUNT));
  } finally {
    await vcenter.close();
  }
  for (const [title, open] of simulated) {
    const platform = await open();
    if (typeof platform === "string") continue;
    try {
      add(title, await measure(await benchOf(title, platform), COUNT));
    } finally {
      await platform.close();
    }
  }
  const real = await qemu();
  if (typeof real !== "string") add("QEMU", await onQemu(real));
  return [
    `One snapshot on each of as many VMs, volumes or VPS at parallelism ${PARALLEL}, over the plugin in a process of its own. Tasks of the simulators take 15 ms, but for vSphere's, which end at once; the VMs of QEMU are real ones of 16 MiB, and commands of QMP are not counted.`,
    "",
    markdownTable(["platform", "snapshots", "phase", "API calls", "calls a snapshot", "wall, s"], rows),
  ].join("\n");
}

async function benchOf(title: string, platform: WiredPlatform): Promise<Bench> {
  const { kind, wire } = platform;
  // The harness polls far more often than a user's connection does.
  const often = "pollInterval" in platform.connection;
  const connection = { ...platform.connection, ...(often ? { pollInterval: POLL } : {}) };
  const targets: Bench["targets"][number][] = [];
  for (let i = 0; i < COUNT; i++) {
    const { id, name } = await platform.newTarget();
    const args = { target: { id }, name: "bench" };
    targets.push({ name, args: kind === "snapshot" ? args : { ...args, consistency: "crash" } });
  }
  const type = `snapstate:index:${kind === "snapshot" ? "Snapshot" : "RecoveryPoint"}`;
  const takeCalls = async () => wire.calls.splice(0).length;
  return { title, type, connection, targets, parallel: PARALLEL, takeCalls };
}

async function onQemu({ newTarget, connection, close }: RunningPlatform): Promise<Measured[]> {
  try {
    const targets: Bench["targets"][number][] = [];
    for (let i = 0; i < QEMU_VMS; i++) {
      const { id, name } = await newTarget();
      targets.push({ name, args: { target: { id }, name: "bench" } });
    }
    const asUsed = { platform: "qemu", directory: connection.directory };
    const bench = { title: "QEMU", type: "snapstate:index:Snapshot", connection: asUsed, targets, parallel: PARALLEL };
    return await measure(bench, QEMU_VMS);
  } finally {
    await close();
  }
}
