import { rm, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { isSnapstateError, SnapstateError } from "../../errors";
import type { Call } from "../../waiting";
import { isRunning, jobId, letGo, startJob, waitForJob } from "./client/jobs";
import type { Monitors } from "./client/monitor";
import { blockDevices, type ImageInfo, type Job, jobs } from "./client/replies";
import { type Disk, overlays, writableDisks } from "./disks";
import { qemuError, told } from "./faults";
import { afterwards } from "./machine";
import { MergeNote } from "./merge-note";
import type { QemuSettings } from "./settings";
import type { Vm } from "./vms";

/** How a merge is watched, and how fast it may go. */
export type Pace = Pick<QemuSettings, "pollMilliseconds" | "mergeMebibytesPerSecond">;

const MIB = 1024 * 1024;
const namedNodes = z.array(z.object({ "node-name": z.string(), file: z.string(), drv: z.string() }));

/** Temporary space that the merge of a VM's overlays needs, at most, and what is free. Bytes. */
export async function commitSpace(disks: Disk[]): Promise<{ neededBytes: number; freeBytes: number } | undefined> {
  const all = disks.map(overlays).filter(({ merge }) => merge.length > 0);
  const [first] = all;
  if (first?.into === undefined) return undefined;
  const { bavail, bsize } = await statfs(dirname(first.into.filename));
  const merged = all.flatMap(({ merge }) => merge);
  return {
    neededBytes: merged.reduce((sum, image) => sum + (image["actual-size"] ?? 0), 0),
    freeBytes: bavail * bsize,
  };
}

/**
 * Merges the overlays of a disk into the lowest of them by an active block-commit: the guest goes on while its data move down,
 * then its writes go to the lower image. Merged files are removed when QEMU is seen to use the lower one, and not before.
 * A cancel ends the job and leaves the chain as it was.
 */
export async function commitDisk(vm: Vm, disk: Disk, monitors: Monitors, pace: Pace, call: Call): Promise<string> {
  const { merge, into } = overlays(disk);
  const id = commitId(vm, disk);
  if (into === undefined) {
    await finish(vm, disk, monitors, call);
    return id;
  }
  refuseSnapshots([...merge, into], call);
  const note = new MergeNote(into.filename);
  await note.write(merge.map(({ filename }) => filename));
  await told(call.doing, () =>
    monitors.with(vm.socket, call, async (monitor) => {
      const running = (await monitor.ask(jobs, "query-jobs")).some((job) => job.id === id && isRunning(job));
      // Begun by a run that was killed or ran out of time: it is seen to its end and not begun again.
      if (running) return;
      const nodes = await monitor.ask(namedNodes, "query-named-block-nodes", { flat: true });
      const base = nodes.find(({ file, drv }) => file === into.filename && drv === into.format);
      // From the first moment, and not by a later command: a small merge would be over by then. 0 is no bound.
      const speed = Math.ceil((pace.mergeMebibytesPerSecond ?? 0) * MIB);
      const args = { device: disk.node, "auto-dismiss": false, speed, ...baseOf(base?.["node-name"], into) };
      await startJob(monitor, "block-commit", id, args);
    }),
  );
  const ready = (monitor: { tell(command: string, args: object): Promise<void> }) =>
    monitor.tell("job-complete", { id });
  const wait = { socket: vm.socket, id, pause: pace.pollMilliseconds, ready, keep: true } as const;
  const { error } = await told(call.doing, () => waitForJob(monitors, wait, call)).catch(async (failure) => {
    if (isSnapstateError(failure, "cancelled")) {
      await cancel(vm, id, monitors, call);
      await note.remove();
    }
    throw failure;
  });
  if (error !== undefined) {
    await note.remove();
    throw qemuError(error, call.doing, id);
  }
  await verify(vm, disk, into, monitors, call);
  await clear(note, wait, monitors, call);
  call.report({
    message: `${disk.device} is now ${into.filename}; start the VM from it next time`,
    severity: "warning",
  });
  return id;
}

/** The device has its place in it: two disks of one VM may be merged one after the other. */
function commitId(vm: Vm, { device }: Disk): string {
  return jobId("commit", `${vm.id} ${device}`);
}

/**
 * Whether a merge of this disk has ended whose run was killed before it removed the merged files. QEMU's word for it is the
 * job that nobody has let go; a QEMU that was started since has none, and then nothing tells that the merge was whole.
 */
export function isMerged(vm: Vm, disk: Disk, known: Job[]): boolean {
  const job = known.find(({ id }) => id === commitId(vm, disk));
  return job !== undefined && !isRunning(job) && job.error === undefined && overlays(disk).into === undefined;
}

async function finish(vm: Vm, disk: Disk, monitors: Monitors, call: Call): Promise<void> {
  const known = await told(call.doing, () =>
    monitors.with(vm.socket, call, (monitor) => monitor.ask(jobs, "query-jobs")),
  );
  if (!isMerged(vm, disk, known)) return;
  const note = new MergeNote(disk.file);
  await clear(note, { socket: vm.socket, id: commitId(vm, disk), pause: 0 }, monitors, call);
}

/** In this order: a kill in between leaves the next run what it needs. */
async function clear(note: MergeNote, job: Parameters<typeof letGo>[1], monitors: Monitors, call: Call): Promise<void> {
  for (const file of await note.read()) await rm(file, { force: true });
  await note.remove();
  await told(call.doing, () => letGo(monitors, job, call));
}

function baseOf(node: string | undefined, into: ImageInfo): object {
  return node === undefined ? { base: into.filename } : { "base-node": node };
}

/** Internal snapshots of a merged file would be lost with it, and those of the lower one no longer fit its data. */
function refuseSnapshots(images: ImageInfo[], call: Call): void {
  const holder = images.find(({ snapshots = [] }) => snapshots.length > 0);
  if (holder === undefined) return;
  throw new SnapstateError({
    kind: "conflict",
    doing: call.doing,
    answered: `${holder.filename} has internal snapshots; internal snapshots and overlays are not mixed on one VM`,
    hint: "Delete the internal snapshots first",
  });
}

async function cancel(vm: Vm, id: string, monitors: Monitors, call: Call): Promise<void> {
  const after = afterwards(call);
  const tell = (command: string, args: object) =>
    monitors.with(vm.socket, after, (monitor) => monitor.tell(command, args)).catch(() => undefined);
  await tell("block-job-cancel", { device: id, force: true });
  await waitForJob(monitors, { socket: vm.socket, id, pause: 20 }, after).catch(() => undefined);
}

async function verify(vm: Vm, disk: Disk, into: ImageInfo, monitors: Monitors, call: Call): Promise<void> {
  const devices = await monitors.with(vm.socket, call, (monitor) => monitor.ask(blockDevices, "query-block"));
  const now = writableDisks(devices).find(({ device }) => device === disk.device);
  if (now?.file === into.filename) return;
  throw new SnapstateError({
    kind: "task-failed",
    doing: call.doing,
    answered: `after the merge ${disk.device} is ${now?.file ?? "gone"} and not ${into.filename}; no file was removed`,
  });
}
