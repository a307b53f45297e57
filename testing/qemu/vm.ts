import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sleep } from "../../provider/core/operation";
import { COUNTERS_AT, type Counters } from "./boot-sector/boot-sector";
import { argumentsFor, type DiskOptions } from "./command-line";
import { contentOf, countersOn, createImage } from "./images";
import { Look } from "./look";
import { QEMU } from "./missing";

export interface VmOptions {
  name: string;
  /** Name of its sockets and disks, if two VMs have the same name. @default the name */
  files?: string;
  /** @default a random one */
  uuid?: string;
  /** The first one boots the counting guest, unless a `kernel` is given. @default [{}] */
  disks?: DiskOptions[];
  /** @default 16 */
  memoryMib?: number;
  /** Adds a guest agent port, with its socket beside the QMP socket. @default false */
  agent?: boolean;
  /** Boots Linux instead of the first disk. */
  linux?: { kernel: string; initrd: string; append: string };
  /** How disks are declared: as libvirt does, or in the short form. @default "blockdev" */
  wiring?: "blockdev" | "drive";
  /** Mebibytes of non-zero RAM, so that saving the memory takes time. @default 0 */
  filledMib?: number;
  /** Further arguments for QEMU. */
  more?: string[];
}

/** Folders of a VM's files. */
export interface Folders {
  folder: string;
  directory: string;
  disks: string;
}

/** A disk of a VM: the image that the guest writes to, which changes with an overlay. */
export interface Disk {
  /** QEMU's name for the drive. */
  node: string;
  file: string;
  format: "qcow2" | "raw";
  readOnly: boolean;
  fullOnSave: boolean;
}

const START_MS = 60_000;
const STOP_MS = 20_000;

/** A VM: successive QEMU processes with the same disks. */
export class Vm {
  readonly name: string;
  readonly uuid: string;
  /** The driver's QMP socket. */
  readonly socket: string;
  /** The guest agent's socket, which exists only with `agent`. */
  readonly agentSocket: string;
  private readonly lookSocket: string;
  private readonly pidFile: string;
  private readonly log: string;
  private process: ChildProcess | undefined;
  private open: Look | undefined;
  /** The disk's counters when the VM was powered on. */
  private atStart: Counters | undefined;

  private readonly folder: string;

  private constructor(
    { folder, directory }: Folders,
    private readonly options: VmOptions,
    readonly disks: Disk[],
  ) {
    this.name = options.name;
    this.uuid = options.uuid ?? randomUUID();
    this.folder = folder;
    const files = options.files ?? options.name;
    this.socket = join(directory, `${files}.qmp`);
    this.agentSocket = join(directory, `${files}.qga`);
    this.lookSocket = join(folder, `${files}.look`);
    this.pidFile = join(folder, `${files}.pid`);
    this.log = join(folder, `${files}.log`);
  }

  /** Creates missing disks. */
  static async prepare(folders: Folders, options: VmOptions): Promise<Vm> {
    const disks: Disk[] = [];
    for (const [index, disk] of (options.disks ?? [{}]).entries()) {
      const { format = "qcow2", mebibytes, readOnly = false, fullOnSave = false } = disk;
      const file = disk.file ?? join(folders.disks, `${options.files ?? options.name}-${index}.${format}`);
      const boots = index === 0 && options.linux === undefined;
      if (disk.file === undefined) await createImage({ file, format, mebibytes, boots });
      disks.push({ node: `disk${index}`, file, format, readOnly, fullOnSave });
    }
    if (options.filledMib) writeFileSync(fillFile(folders.folder, options), Buffer.alloc(options.filledMib << 20, 1));
    return new Vm(folders, options, disks);
  }

  /** The process id. Throws if the VM is off. */
  get pid(): number {
    if (this.process?.pid === undefined || !this.running) throw new Error(`the VM ${this.name} is off`);
    return this.process.pid;
  }

  get running(): boolean {
    return this.process !== undefined && this.process.exitCode === null && this.process.signalCode === null;
  }

  /** The test's own QMP session. */
  get look(): Look {
    if (this.open === undefined) throw new Error(`the VM ${this.name} is off`);
    return this.open;
  }

  /** Powers the VM on. Resolves when QEMU answers, possibly before the guest runs. */
  async start(): Promise<void> {
    if (this.running) throw new Error(`the VM ${this.name} runs already`);
    for (const path of [this.socket, this.lookSocket, this.agentSocket]) rmSync(path, { force: true });
    if (this.options.linux === undefined) this.atStart = await countersOn(this.file()).catch(() => undefined);
    const log = openSync(this.log, "w");
    const { options, uuid, disks } = this;
    const sockets = { driver: this.socket, observe: this.lookSocket, agent: this.agentSocket };
    const fill = options.filledMib ? fillFile(this.folder, options) : undefined;
    const args = argumentsFor({ ...options, uuid, disks, sockets, fill });
    const child = spawn(QEMU, args, { stdio: ["ignore", log, log] });
    closeSync(log);
    if (child.pid !== undefined) writeFileSync(this.pidFile, String(child.pid));
    child.once("exit", () => rmSync(this.pidFile, { force: true }));
    child.on("error", () => {});
    child.unref();
    this.process = child;
    this.open = await this.detail();
  }

  private async detail(): Promise<Look> {
    const end = Date.now() + START_MS;
    for (;;) {
      const observation = await Look.open(this.lookSocket).catch(() => undefined);
      if (observation) return observation;
      if (!this.running || this.process?.pid === undefined || Date.now() > end) {
        await this.kill();
        throw new Error(`the VM ${this.name} did not start: ${readFileSync(this.log, "utf8").trim()}`);
      }
      await sleep(10);
    }
  }

  /** Reads the counters in RAM. */
  async inRam(): Promise<Counters> {
    const [sinceBoot = 0, inAll = 0] = await this.look.words(COUNTERS_AT, 2);
    return { sinceBoot, inAll };
  }

  /** Reads the counters on the first disk. A running guest is paused for that, so that QEMU writes its caches. */
  async onDisk(): Promise<Counters> {
    return this.still(() => countersOn(this.file()));
  }

  /** Reads all bytes of a disk, as the guest sees them. Pauses like {@link onDisk}. */
  async content(index = 0): Promise<Buffer> {
    return this.still(() => contentOf(this.file(index)));
  }

  /** Writes to a disk as the guest would, and flushes: a killed QEMU loses image tables that are only in memory. */
  async write(index: number, bytes: { at: number; length: number; value: number }): Promise<void> {
    const device = `-d /machine/peripheral/device${index}/virtio-backend`;
    const said = await this.look.monitor(`qemu-io ${device} "write -f -P ${bytes.value} ${bytes.at} ${bytes.length}"`);
    if (said.trim() !== "") throw new Error(said);
  }

  /** Waits until the guest has counted this far since its boot. */
  async counted(ticks: number): Promise<Counters> {
    const end = Date.now() + START_MS;
    for (;;) {
      const counters = await this.inRam();
      // The boot sector reads the last boot's counters and only then starts at 0: until its first tick RAM shows old
      // values.
      const started = counters.inAll !== this.atStart?.inAll;
      if (started && counters.sinceBoot >= ticks) return counters;
      if (Date.now() > end) throw new Error(`the guest stands at ${counters.sinceBoot} ticks`);
      await sleep(20);
    }
  }

  /** Adds an external overlay to a disk, as a backup tool does; the image below remains. */
  async overlay(index: number, file: string): Promise<void> {
    const disk = this.disk(index);
    const arguments_ = { "snapshot-file": file, format: "qcow2", "snapshot-node-name": nodeOf(file) };
    const from = this.options.wiring === "drive" ? { device: disk.node } : { "node-name": await this.topNode(index) };
    await this.look.execute("blockdev-snapshot-sync", { ...from, ...arguments_ });
    disk.file = file;
  }

  /** Records the images that the guest writes to, which a consolidation changes. Needed before a next `start`. */
  async noteFiles(): Promise<void> {
    for (const [index, disk] of this.disks.entries()) disk.file = (await this.inserted(index)).file;
  }

  /** Quits QEMU, which writes everything to the disks. */
  async powerOff(): Promise<void> {
    if (!this.running) return;
    await this.noteFiles();
    await this.look.execute("quit").catch(() => {});
    await this.ended(STOP_MS);
  }

  /** Kills QEMU with SIGKILL, as in a crash of QEMU or the host. */
  async kill(): Promise<void> {
    if (this.running) this.process?.kill("SIGKILL");
    await this.ended(STOP_MS);
  }

  private async ended(milliseconds: number): Promise<void> {
    const { process } = this;
    if (process?.pid !== undefined && this.running) {
      process.ref();
      const forced = setTimeout(() => process.kill("SIGKILL"), milliseconds);
      await once(process, "exit");
      clearTimeout(forced);
    }
    this.open?.close();
    this.open = undefined;
  }

  private async still<T>(read: () => Promise<T>): Promise<T> {
    if (!this.running) return read();
    const { running } = await this.look.execute<{ running: boolean }>("query-status");
    await this.look.execute("stop");
    try {
      return await read();
    } finally {
      if (running) await this.look.execute("cont");
    }
  }

  private file(index = 0): string {
    return this.disk(index).file;
  }

  private disk(index: number): Disk {
    const disk = this.disks[index];
    if (disk === undefined) throw new Error(`the VM ${this.name} has no disk ${index}`);
    return disk;
  }

  private async topNode(index: number): Promise<string> {
    return (await this.inserted(index))["node-name"];
  }

  private async inserted(index: number): Promise<{ file: string; "node-name": string }> {
    type Device = { qdev?: string; device: string; inserted?: { file: string; "node-name": string } };
    const devices = await this.look.execute<Device[]>("query-block");
    const found = devices.find(({ qdev = "", device }) => device === `disk${index}` || qdev.includes(`device${index}`));
    if (found?.inserted === undefined) throw new Error(`the VM ${this.name} has no disk ${index}`);
    return found.inserted;
  }
}

function nodeOf(file: string): string {
  return (file.split("/").at(-1) ?? file).replace(/[^\w.-]/g, "-");
}

function fillFile(folder: string, { files, name }: VmOptions): string {
  return join(folder, `${files ?? name}.ram`);
}
