import { rm, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { isSnapstateError, SnapstateError } from "../../errors";
import type { Call } from "../../waiting";
import { isRunning, jobId, startJob, waitForJob } from "./client/jobs";
import type { Monitors } from "./client/monitor";
import { blockDevices, type ImageInfo, jobs } from "./client/replies";
import { type Disk, overlays, writableDisks } from "./disks";
import { qemuError, told } from "./faults";
import { afterwards } from "./machine";
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
  // The device's place in the id: two disks of one VM may be merged one after the other.
  const id = jobId("commit", `${vm.id} ${disk.device}`);
  if (into === undefined) return id;
  refuseSnapshots([...merge, into], call);
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
  const wait = { socket: vm.socket, id, pause: pace.pollMilliseconds, ready };
  const { error } = await told(call.doing, () => waitForJob(monitors, wait, call)).catch(async (failure) => {
    if (isSnapstateError(failure, "cancelled")) await cancel(vm, id, monitors, call);
    throw failure;
  });
  if (error !== undefined) throw qemuError(error, call.doing, id);
  await verify(vm, disk, into, monitors, call);
  for (const { filename } of merge) await rm(filename, { force: true });
  call.report({
    message: `${disk.device} is now ${into.filename}; start the VM from it next time`,
    severity: "warning",
  });
  return id;
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
