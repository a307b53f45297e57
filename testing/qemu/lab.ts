import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Vm, type VmOptions } from "./vm";

/** Maximum length of the path of a unix socket on Linux. */
const LONGEST_SOCKET = 107;

/**
 * A folder with real VMs: QEMU processes, their sockets and disks. It is removed when the lab is closed, or when this
 * process ends in any way.
 */
export class Lab {
  /** The folder of QMP sockets, one for each VM, for a connection's `directory`. */
  readonly directory: string;
  /** The folder of disks. */
  readonly disks: string;
  private readonly vms = new Set<Vm>();

  private constructor(
    private readonly folder: string,
    private readonly watch: ChildProcess,
  ) {
    this.directory = join(folder, "vms");
    this.disks = join(folder, "disks");
    for (const path of [this.directory, this.disks]) mkdirSync(path);
  }

  static open(): Lab {
    const base = join(tmpdir(), "snapstate-qemu-");
    const folder = mkdtempSync(base.length < LONGEST_SOCKET - 60 ? base : "/tmp/snapstate-qemu-");
    const watch = spawn(process.execPath, [join(__dirname, "watch.js"), folder], {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
      env: {},
    });
    watch.stdin?.on("error", () => {});
    watch.unref();
    if (watch.stdin && "unref" in watch.stdin && typeof watch.stdin.unref === "function") watch.stdin.unref();
    return new Lab(folder, watch);
  }

  /** Starts a VM and waits until QEMU answers. @default the counting guest on a disk of 1 MiB */
  async startVm(options: VmOptions): Promise<Vm> {
    const vm = await Vm.prepare({ folder: this.folder, directory: this.directory, disks: this.disks }, options);
    this.vms.add(vm);
    await vm.start();
    return vm;
  }

  /** Stops every VM and removes the folder. Can be called repeatedly. */
  async close(): Promise<void> {
    await Promise.all([...this.vms].map((vm) => vm.kill()));
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
    if (this.watch.exitCode !== null) return;
    this.watch.ref();
    const ended = once(this.watch, "exit");
    this.watch.stdin?.end();
    await ended;
  }
}
