import { rm, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { isSnapstateError, SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import { dependentsOf } from "./backing";
import { dismissJob, isRunning, jobId, startJob, waitForJob } from "./client/jobs";
import type { Monitor, Monitors } from "./client/monitor";
import { QmpError } from "./client/qmp";
import { blockDevices, type Job, jobs } from "./client/replies";
import { addedOverlays, type Disk, type Layer, snapshotHolder, writableDisks } from "./disks";
import { qemuError, wrapErrors } from "./errors";
import { afterwards } from "./machine";
import { MergeNote } from "./merge-note";
import { processOf } from "./process";
import type { QemuSettings } from "./settings";
import type { Vm } from "./vms";

/** Polling interval and speed limit of a merge. */
export type Pace = Pick<QemuSettings, "pollInterval" | "mergeMebibytesPerSecond">;

const MIB = 1024 * 1024;
const namedNodes = z.array(z.object({ "node-name": z.string(), file: z.string(), drv: z.string() }));

/** Maximum temporary space for a merge of a VM's overlays, and free space. Bytes. */
export async function commitSpace(disks: Disk[]): Promise<{ neededBytes: number; freeBytes: number } | undefined> {
  const all = disks.map(addedOverlays).filter(({ added }) => added.length > 0);
  const [first] = all;
  if (first?.onto === undefined) return undefined;
  const { bavail, bsize } = await statfs(dirname(first.onto.file));
  const merged = all.flatMap(({ added }) => added);
  return {
    neededBytes: merged.reduce((sum, { image }) => sum + (image["actual-size"] ?? 0), 0),
    freeBytes: bavail * bsize,
  };
}

/**
 * Refuses what could lose data, for all disks before the first is changed. Only overlays that QEMU added since its
 * start certainly belong to this VM; older images, or those that another image builds on, may be shared.
 *
 * @param folders that may contain images that build on these
 * @throws SnapstateError `guard` with what blocks it
 */
export async function refuseUnsafeMerge(
  vm: Vm,
  disks: Disk[],
  folders: string[],
  call: OperationContext,
): Promise<void> {
  const pid = (await processOf(vm.socket))?.pid ?? -1;
  for (const disk of disks) {
    const { added, onto } = addedOverlays(disk);
    if (disk.started === undefined && disk.layers.length > 1 && !disk.temporary) {
      throw refusal(
        `disk ${disk.device} is ${disk.file} above ${disk.layers[1]?.file}, and it is unknown which of them the VM was started from`,
        "Run as the user that QEMU runs as, on its machine. If its command line does not name that image, merge it manually",
        call,
      );
    }
    if (onto === undefined) continue;
    const holder = snapshotHolder(added);
    if (holder !== undefined) {
      const names = (holder.image.snapshots ?? []).map(({ name }) => JSON.stringify(name)).join(", ");
      throw refusal(
        `the overlay ${holder.file} has internal snapshots (${names}), which a merge would delete`,
        "Delete these snapshots first, or start the VM from the overlay to keep them",
        call,
      );
    }
    const files = disk.layers.map(({ file }) => file);
    for (const { file } of [...added, onto]) {
      const dependents = await dependentsOf(file, { files, folders, pid });
      if (dependents.length === 0) continue;
      throw refusal(
        `${file} is needed by others: ${dependents.join(", ")}`,
        "Merging would change or remove their base. Rebase or remove these first",
        call,
      );
    }
  }
}

function refusal(detail: string, hint: string, call: OperationContext): SnapstateError {
  return new SnapstateError({
    kind: "guard",
    operation: call.operation,
    detail: `refused before anything was changed: ${detail}`,
    hint,
  });
}

/**
 * Merges the overlays of every disk, one by one. All merges are noted before the first starts: if QEMU dies in between
 * and is restarted from the overlays, the notes identify the disks that are not merged yet.
 *
 * @returns the job of the last disk
 */
export async function commitDisks(
  vm: Vm,
  disks: Disk[],
  monitors: Monitors,
  pace: Pace,
  call: OperationContext,
): Promise<string> {
  const notes: MergeNote[] = [];
  let id = "none";
  try {
    for (const disk of disks) {
      const { added, onto } = addedOverlays(disk);
      if (onto === undefined) continue;
      const note = new MergeNote(onto.file);
      notes.push(note);
      await note.write(added.map(({ file }) => file));
    }
    for (const disk of disks) {
      id = commitId(vm, disk);
      await commitDisk(vm, disk, monitors, pace, call);
    }
    return id;
  } catch (failure) {
    if (isSnapstateError(failure, "cancelled")) await cancel(vm, id, monitors, call);
    if (!(await isNoteNeeded(vm, id, failure, monitors, call))) for (const note of notes) await note.remove();
    throw failure;
  }
}

/**
 * Merges the overlays of a disk into the lowest image by an active block-commit: the guest keeps running while data are
 * copied down, then writes to the lower image. Merged files are removed only after QEMU uses the lower image. A cancel
 * ends the job and leaves the chain unchanged.
 */
async function commitDisk(vm: Vm, disk: Disk, monitors: Monitors, pace: Pace, call: OperationContext): Promise<void> {
  const { onto } = addedOverlays(disk);
  if (onto === undefined) return finish(vm, disk, monitors, call);
  const id = commitId(vm, disk);
  await wrapErrors(call.operation, () =>
    monitors.with(vm.socket, call, (monitor) => begin(monitor, disk, onto, id, pace)),
  );
  const ready = (monitor: Monitor) => complete(monitor, id);
  const wait = { socket: vm.socket, id, pause: pace.pollInterval, ready, keep: true } as const;
  const { error } = await wrapErrors(call.operation, () => waitForJob(monitors, wait, call));
  if (error !== undefined) throw qemuError(error, call.operation, id);
  await verify(vm, disk, onto, monitors, call);
  await clear(new MergeNote(onto.file), wait, monitors, call);
  call.report({
    message: `${disk.device} is now ${onto.file}; start the VM from this image next time`,
    severity: "warning",
  });
}

/** The job may end between the poll that sees it ready and this command; the next poll then reads how it ended. */
async function complete(monitor: Monitor, id: string): Promise<void> {
  try {
    await monitor.run("job-complete", { id });
  } catch (error) {
    if (!(error instanceof QmpError && /cannot accept command verb/.test(error.desc))) throw error;
  }
}

async function begin(monitor: Monitor, disk: Disk, onto: Layer, id: string, pace: Pace): Promise<void> {
  const running = (await monitor.ask(jobs, "query-jobs")).some((job) => job.id === id && isRunning(job));
  // Started by an interrupted run: wait for it instead of starting another.
  if (running) return;
  const nodes = await monitor.ask(namedNodes, "query-named-block-nodes", { flat: true });
  const { filename, format } = onto.image;
  const base = nodes.find(({ file, drv }) => file === filename && drv === format)?.["node-name"];
  // Set at the start and not by a later command: a small merge would have ended by then. 0 means no limit.
  const speed = Math.ceil((pace.mergeMebibytesPerSecond ?? 0) * MIB);
  const into = base === undefined ? { base: filename } : { "base-node": base };
  await startJob(monitor, "block-commit", id, { device: disk.node, "auto-dismiss": false, speed, ...into });
}

/**
 * Whether the next run needs the notes: while QEMU may still be merging, and if the merge succeeded but a later step
 * failed. They are kept if QEMU does not answer.
 */
async function isNoteNeeded(
  vm: Vm,
  id: string,
  failure: unknown,
  monitors: Monitors,
  call: OperationContext,
): Promise<boolean> {
  if (isSnapstateError(failure, "guard", "unsupported")) return false;
  try {
    const known = await monitors.with(vm.socket, afterwards(call), (monitor) => monitor.ask(jobs, "query-jobs"));
    const job = known.find((other) => other.id === id);
    // Lost because QEMU was restarted, or cancelled.
    if (job === undefined) return isSnapstateError(failure, "unreachable", "lost-reply");
    if (isRunning(job)) return true;
    return job.error === undefined && !isSnapstateError(failure, "task-failed");
  } catch {
    // If QEMU died during the merge, the lower image has part of the data: the merge must be repeated.
    return true;
  }
}

/** Includes the device: several disks of one VM may be merged in sequence. */
function commitId(vm: Vm, { device }: Disk): string {
  return jobId("commit", `${vm.id} ${device}`);
}

/**
 * Whether a merge of this disk has ended whose run was killed before it removed the merged files. The proof is the job
 * that was not dismissed; after a restart of QEMU there is no job, and so no proof that the merge was complete.
 */
export function isMerged(vm: Vm, disk: Disk, known: Job[]): boolean {
  const job = known.find(({ id }) => id === commitId(vm, disk));
  return job !== undefined && !isRunning(job) && job.error === undefined && addedOverlays(disk).onto === undefined;
}

async function finish(vm: Vm, disk: Disk, monitors: Monitors, call: OperationContext): Promise<void> {
  const known = await wrapErrors(call.operation, () =>
    monitors.with(vm.socket, call, (monitor) => monitor.ask(jobs, "query-jobs")),
  );
  if (!isMerged(vm, disk, known)) return;
  const note = new MergeNote(disk.file);
  await clear(note, { socket: vm.socket, id: commitId(vm, disk), pause: 0 }, monitors, call);
}

/** In this order, so that after a kill the next run has what it needs. A file in use is kept. */
async function clear(
  note: MergeNote,
  job: Parameters<typeof dismissJob>[1],
  monitors: Monitors,
  call: OperationContext,
): Promise<void> {
  const merged = await note.read();
  // QEMU keeps the image that it was started from open although it no longer uses it.
  const pid = (await processOf(job.socket))?.pid ?? -1;
  for (const file of merged) {
    const dependents = await dependentsOf(file, { files: merged, folders: [], pid });
    if (dependents.length === 0) await rm(file, { force: true });
    else call.report({ message: `${file} is merged but kept: ${dependents.join(", ")}`, severity: "warning" });
  }
  await note.remove();
  await wrapErrors(call.operation, () => dismissJob(monitors, job, call));
}

async function cancel(vm: Vm, id: string, monitors: Monitors, call: OperationContext): Promise<void> {
  const after = afterwards(call);
  const run = (command: string, args: object) =>
    monitors.with(vm.socket, after, (monitor) => monitor.run(command, args)).catch(() => undefined);
  await run("block-job-cancel", { device: id, force: true });
  await waitForJob(monitors, { socket: vm.socket, id, pause: 20 }, after).catch(() => undefined);
}

async function verify(vm: Vm, disk: Disk, onto: Layer, monitors: Monitors, call: OperationContext): Promise<void> {
  const devices = await monitors.with(vm.socket, call, (monitor) => monitor.ask(blockDevices, "query-block"));
  const now = (await writableDisks(devices, await processOf(vm.socket))).find(({ device }) => device === disk.device);
  if (now?.file === onto.file) return;
  throw new SnapstateError({
    kind: "task-failed",
    operation: call.operation,
    detail: `after the merge ${disk.device} is ${now?.file ?? "gone"} and not ${onto.file}; no file was removed`,
  });
}
