import { isAbsolute } from "node:path";
import { SnapstateError } from "../../core/errors";
import { cancelSource, Deadline, type OperationContext } from "../../core/operation";
import { jobId, startJob, waitForJob } from "./client/jobs";
import type { Monitor, Monitors } from "./client/monitor";
import type { QemuImg } from "./client/qemu-img";
import {
  blockDevices,
  type ImageInfo,
  imageChain,
  type Job,
  jobs,
  migrationReply,
  parseJson,
  parseReply,
  statusReply,
} from "./client/replies";
import { type Disk, diskOfImage, isLocal, writableDisks } from "./disks";
import { qemuError, wrapErrors } from "./errors";
import { processOf } from "./process";
import type { Vm } from "./vms";

/** Milliseconds for clean-up after a failure. */
const CLEAN_UP_MS = 10_000;

/** One read of a VM. */
export interface MachineRead {
  /** QEMU's run state: `running`, `paused`, `shutdown`; `off` if no process has the disks open. */
  status: string;
  disks: Disk[];
  jobs: Job[];
  /** Why QEMU cannot save the memory; each reason names the device. */
  unsaveable: string[];
}

/** Operations on a VM: by its monitor while it runs, by its disks while it is powered off. */
export interface Machine {
  readonly running: boolean;
  read(call: OperationContext): Promise<MachineRead>;
  /** All disks or none. */
  take(disks: Disk[], tag: string, memory: boolean, call: OperationContext): Promise<void>;
  remove(disks: Disk[], tag: string, call: OperationContext): Promise<void>;
  revert(disks: Disk[], tag: string, call: OperationContext): Promise<void>;
}

/** By QMP. Saves, loads and deletes are jobs with ids that every process derives in the same way. */
export class RunningMachine implements Machine {
  readonly running = true;

  constructor(
    private readonly vm: Vm,
    private readonly monitors: Monitors,
    private readonly pause: number,
  ) {}

  async read(call: OperationContext): Promise<MachineRead> {
    const process = await processOf(this.vm.socket);
    const read = await this.with(call, async (monitor) => ({
      status: (await monitor.ask(statusReply, "query-status")).status,
      devices: await monitor.ask(blockDevices, "query-block"),
      jobs: await monitor.ask(jobs, "query-jobs"),
      unsaveable: (await monitor.ask(migrationReply, "query-migrate"))["blocked-reasons"],
    }));
    const { devices, ...rest } = read;
    const disks = await writableDisks(devices, process);
    const relative = disks.find(({ file }) => isLocal(file) && !isAbsolute(file));
    if (relative === undefined) return { ...rest, disks };
    throw new SnapstateError({
      kind: "permission",
      operation: call.operation,
      detail: `QEMU calls the image of disk ${relative.device} ${JSON.stringify(relative.file)}, and its folder is unknown`,
      hint: "Run as the user that QEMU runs as, or start QEMU with absolute paths",
    });
  }

  async take(disks: Disk[], tag: string, memory: boolean, call: OperationContext): Promise<void> {
    const nodes = disks.map(({ node }) => node);
    if (memory) return this.job("save", tag, { tag, vmstate: nodes[0], devices: nodes }, call);
    const actions = nodes.map((device) => ({
      type: "blockdev-snapshot-internal-sync",
      data: { device, name: tag },
    }));
    await this.with(call, (monitor) => monitor.run("transaction", { actions }));
  }

  remove(disks: Disk[], tag: string, call: OperationContext): Promise<void> {
    return this.job("delete", tag, { tag, devices: disks.map(({ node }) => node) }, call);
  }

  async revert(disks: Disk[], tag: string, call: OperationContext): Promise<void> {
    const nodes = disks.map(({ node }) => node);
    const { status } = await this.with(call, (monitor) => monitor.ask(statusReply, "query-status"));
    try {
      await this.job("load", tag, { tag, vmstate: nodes[0], devices: nodes }, call);
    } catch (error) {
      // A failed load leaves the VM paused in `restore-vm`; its state is intact, so it can continue.
      await this.resume(status, call).catch(() => undefined);
      throw error;
    }
    // A VM paused by an earlier, failed load must continue.
    if (status === "restore-vm") await this.resume("running", call);
  }

  private async resume(before: string, call: OperationContext): Promise<void> {
    await this.with(afterwards(call), async (monitor) => {
      const { status } = await monitor.ask(statusReply, "query-status");
      if (status === "restore-vm" && before !== "paused") await monitor.run("cont");
    });
  }

  private async job(
    operation: "save" | "load" | "delete",
    tag: string,
    args: object,
    call: OperationContext,
  ): Promise<void> {
    const id = jobId(operation, tag);
    await this.with(call, (monitor) => startJob(monitor, `snapshot-${operation}`, id, args));
    const wait = { socket: this.vm.socket, id, pause: this.pause };
    const { error } = await wrapErrors(call.operation, () => waitForJob(this.monitors, wait, call));
    if (error !== undefined) throw qemuError(error, call.operation, id);
  }

  private with<T>(call: OperationContext, work: (monitor: Monitor) => Promise<T>): Promise<T> {
    return wrapErrors(call.operation, () => this.monitors.with(this.vm.socket, call, work));
  }
}

/** A context for clean-up after the call has ended. */
export function afterwards(call: OperationContext): OperationContext {
  return { ...call, signal: cancelSource().signal, deadline: new Deadline(CLEAN_UP_MS) };
}

/** By qemu-img, which refuses to change a disk that a process has open. */
export class OffMachine implements Machine {
  readonly running = false;

  constructor(
    private readonly vm: Vm,
    private readonly qemuImg: QemuImg,
  ) {}

  async read(call: OperationContext): Promise<MachineRead> {
    const disks = await Promise.all(this.vm.disks.map((file) => this.disk(file, call)));
    return { status: "off", disks, jobs: [], unsaveable: [] };
  }

  async take(disks: Disk[], tag: string, memory: boolean, call: OperationContext): Promise<void> {
    if (memory) {
      throw new SnapstateError({
        kind: "guard",
        operation: call.operation,
        detail: "the VM is powered off and has no memory to save",
        hint: "Start it, or omit memory",
      });
    }
    await this.probe(disks, call);
    const done: Disk[] = [];
    try {
      for (const disk of disks) {
        await this.qemuImg.run(["snapshot", "-c", tag, disk.file], call);
        done.push(disk);
      }
    } catch (error) {
      await this.remove(done, tag, afterwards(call)).catch(() => undefined);
      throw error;
    }
  }

  async remove(disks: Disk[], tag: string, call: OperationContext): Promise<void> {
    await this.probe(disks, call);
    for (const { file } of disks) await this.qemuImg.run(["snapshot", "-d", tag, file], call);
  }

  async revert(disks: Disk[], tag: string, call: OperationContext): Promise<void> {
    // qemu-img accepts ids as names, and the name of one snapshot may be the id of another.
    const other = disks.find(({ image }) => image.snapshots?.some(({ id, name }) => id === tag && name !== tag));
    if (other) throw qemuError(`in ${other.file} ${JSON.stringify(tag)} is the id of another snapshot`, call.operation);
    await this.probe(disks, call);
    for (const { file } of disks) await this.qemuImg.run(["snapshot", "-a", tag, file], call);
  }

  /** All or none: a disk that cannot be opened for writing must fail before any disk is changed. */
  private async probe(disks: Disk[], call: OperationContext): Promise<void> {
    for (const { file } of disks) await this.qemuImg.probe(file, call);
  }

  private async disk(file: string, call: OperationContext): Promise<Disk> {
    const text = await this.qemuImg.run(["info", "--output=json", "--backing-chain", file], call);
    const chain = parseReply(imageChain, parseJson(text));
    if (chain === undefined) {
      throw new SnapstateError({
        kind: "protocol",
        operation: call.operation,
        detail: `qemu-img's output for ${file} is not valid`,
        hint: "snapstate needs qemu-img 6.0 or newer. Check the connection's `qemuImg`",
      });
    }
    const image = chain.reduceRight<ImageInfo | undefined>(
      (below, one) => (below === undefined ? one : { ...one, "backing-image": below }),
      undefined,
    ) as ImageInfo;
    return diskOfImage(file, image);
  }
}
