import { createHash } from "node:crypto";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";
import { asSnapstateError, isSnapstateError, SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { TargetSelector } from "../contract-types";
import { ambiguousTarget } from "../shared/refusals";
import type { Monitor, Monitors } from "./client/monitor";
import { NO_QEMU } from "./client/qmp";
import { blockDevices, nameReply, uuidReply } from "./client/replies";
import { isLocal, writableDisks } from "./disks";
import { mayExist } from "./files";
import { processOf } from "./process";
import type { QemuSettings } from "./settings";

/** A VM that runs, or ran at this connection's last read. */
export interface Vm {
  /** QEMU's UUID, or the name of a VM that was started without one. */
  id: string;
  name: string;
  socket: string;
  /** Files of its writable disks, which identify it when it is powered off. */
  disks: string[];
  /** Every image that it has written to: images below an overlay still belong to it. */
  images: string[];
  /** File systems of its disks, to distinguish a removed disk from unmounted storage. */
  places: Record<string, Place>;
  running: boolean;
}

const NO_UUID = "00000000-0000-0000-0000-000000000000";
/** Sockets read concurrently. */
const CONCURRENT_SOCKETS = 64;
/**
 * Milliseconds for a greeting when all sockets of a folder are read: QEMU greets immediately. A silent socket is not
 * QMP, or serves another client, and must not delay the others.
 */
const GREETING = 2000;
const SOCKET = /\.(qmp|sock)$/;

const known = z.object({
  version: z.literal(1),
  vms: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      socket: z.string(),
      disks: z.array(z.string()),
      images: z.array(z.string()).default([]),
      places: z.record(z.string(), z.object({ inode: z.number(), device: z.number() })).default({}),
    }),
  ),
});

/** The VMs of a connection: its sockets, and a file beside them with the disks of powered-off VMs. */
export class Vms {
  constructor(
    private readonly settings: QemuSettings,
    private readonly monitors: Monitors,
  ) {}

  /** An id of the installation: this machine, and the folder or the sockets. */
  async installation(): Promise<string> {
    const { directory, sockets = [] } = this.settings;
    const machine = (await readFile("/etc/machine-id", "utf8").catch(() => "")).trim();
    const place = directory === undefined ? [...sockets].sort() : [await realpath(directory).catch(() => directory)];
    return createHash("sha256")
      .update(JSON.stringify([machine, place]))
      .digest("hex")
      .slice(0, 32);
  }

  /**
   * Every VM that runs, or is remembered and whose disks exist.
   * @throws SnapstateError `unreachable` when the folder cannot be read; the error of a silent socket, unless its VM is
   * remembered or `onUnread` is set
   */
  async list(call: OperationContext, onUnread?: (socket: string, error: SnapstateError) => void): Promise<Vm[]> {
    const { vms, silent } = await this.observe(call);
    const [first] = silent;
    if (first !== undefined && onUnread === undefined) throw first.error;
    for (const { socket, error } of silent) onUnread?.(socket, error);
    return vms;
  }

  /** The known VMs, and why sockets could not be read. */
  private async observe(
    call: OperationContext,
  ): Promise<{ vms: Vm[]; silent: { socket: string; error: SnapstateError }[] }> {
    const remembered = await this.remembered();
    const sockets = await this.sockets(call);
    const found: Vm[] = [];
    const silent: { socket: string; error: SnapstateError }[] = [];
    for (let next = 0; next < sockets.length; next += CONCURRENT_SOCKETS) {
      const some = sockets.slice(next, next + CONCURRENT_SOCKETS).map((socket) =>
        this.ask(socket, remembered, call, GREETING).catch((error: unknown) => {
          if (isSnapstateError(error, "cancelled", "timeout")) throw error;
          silent.push({ socket, error: asSnapstateError(error, call.operation) });
          return undefined;
        }),
      );
      for (const vm of await Promise.all(some)) if (vm) found.push(vm);
    }
    const off = remembered.filter(({ id }) => !found.some((vm) => vm.id === id));
    const gone = await Promise.all(off.map(isGone));
    const seen = found.map((vm) =>
      withPast(
        vm,
        remembered.find(({ id }) => id === vm.id),
      ),
    );
    const all = [...seen, ...off.filter((_, index) => !gone[index])];
    await this.remember(all, remembered);
    return { vms: all, silent };
  }

  /**
   * The VM of this id.
   * @throws SnapstateError `not-found` when its disks provably do not exist; `unreachable` when it is unknown
   */
  async get(id: string, call: OperationContext): Promise<Vm> {
    const remembered = await this.remembered();
    const before = remembered.find((vm) => vm.id === id);
    const vm = (before && (await this.ask(before.socket, remembered, call))) ?? undefined;
    if (vm?.id === id) {
      const now = withPast(vm, before);
      // A disk may have an overlay by now: once the VM is off, the image below must not be taken for the disk.
      await this.remember([now], remembered);
      return now;
    }
    const { vms, silent } = await this.observe(call);
    const found = vms.find((other) => other.id === id);
    if (found) return found;
    if (silent[0]) throw silent[0].error;
    if (before && (await isGone(before))) {
      const detail = `the VM ${before.name} is not running and its disks no longer exist: ${before.disks.join(", ")}`;
      throw new SnapstateError({ kind: "not-found", operation: call.operation, detail });
    }
    throw new SnapstateError({
      kind: "unreachable",
      operation: call.operation,
      detail: `no VM ${id} answers on the connection's sockets, and the location of its disks is unknown`,
      hint: "Start it once, so that its disks are remembered. The state is unchanged",
    });
  }

  /** @throws SnapstateError `not-found`; `ambiguous` with all matches */
  async find({ by, value }: TargetSelector, call: OperationContext): Promise<Vm> {
    const { vms, silent } = await this.observe(call);
    const uuid = value.toLowerCase();
    const byId = by === "name" || by === "path" ? [] : vms.filter(({ id }) => id === uuid || id === value);
    const byName = by === "any" || by === "name" || by === "path" ? vms.filter(({ name }) => name === value) : [];
    const matches = byId.length > 0 ? byId : byName;
    const [match] = matches;
    const { operation } = call;
    if (matches.length > 1) {
      const each = matches.map(({ id, socket }) => `${id} (${socket})`);
      const what = `${each.length} VMs are called ${JSON.stringify(value)}`;
      throw ambiguousTarget(what, each, "Select it by its UUID", call);
    }
    if (match) return match;
    // It may be behind the silent socket.
    if (silent[0]) throw silent[0].error;
    const names = vms.map(({ name }) => name).sort();
    const found = names.length === 0 ? "No VMs found" : `VMs found: ${names.join(", ")}`;
    const detail = `no VM ${JSON.stringify(value)} on these sockets. ${found}`;
    const hint =
      "Check that it is running, with a QMP socket in the connection's folder. Start QEMU with -name and -uuid";
    throw new SnapstateError({ kind: "not-found", operation, detail, hint });
  }

  /** Remembered VMs, without a request to QEMU. */
  known(): Promise<Vm[]> {
    return this.remembered();
  }

  private async sockets(call: OperationContext): Promise<string[]> {
    const { directory, sockets } = this.settings;
    if (directory === undefined) return sockets ?? [];
    try {
      const names = await readdir(directory);
      return names
        .filter((name) => SOCKET.test(name))
        .sort()
        .map((name) => join(directory, name));
    } catch (cause) {
      const detail = `the folder ${directory} cannot be read`;
      throw new SnapstateError({ kind: "unreachable", operation: call.operation, detail, cause });
    }
  }

  /** Undefined if no QEMU listens. For a busy one, the remembered VM is returned. */
  private async ask(socket: string, remembered: Vm[], call: OperationContext, wait?: number): Promise<Vm | undefined> {
    try {
      return await this.monitors.with(socket, call, (monitor) => identify(socket, monitor), wait);
    } catch (error) {
      if (isSnapstateError(error, "unreachable") && NO_QEMU.has(error.code ?? "")) return undefined;
      const before = remembered.find((vm) => vm.socket === socket);
      if (before && isSnapstateError(error, "busy", "lost-reply")) return { ...before, running: true };
      throw error;
    }
  }

  private get file(): string {
    const { directory, sockets } = this.settings;
    return join(directory ?? dirname(sockets?.[0] ?? ""), "snapstate-vms.json");
  }

  private async remembered(): Promise<Vm[]> {
    try {
      const { vms } = known.parse(JSON.parse(await readFile(this.file, "utf8")));
      return vms.map((vm) => ({ ...vm, running: false }));
    } catch {
      return [];
    }
  }

  private async remember(vms: Vm[], before: Vm[]): Promise<void> {
    // Entries of another connection for the same folder are kept while their disks exist.
    const others = before.filter(({ id }) => !vms.some((vm) => vm.id === id));
    const written = (list: Vm[]) =>
      JSON.stringify({ version: 1, vms: list.map(({ running: _, ...vm }) => vm) }, null, 2);
    const all = [...vms, ...others].sort((a, b) => a.id.localeCompare(b.id));
    if (written(all) === written(before)) return;
    await writeFileAtomic(this.file, `${written(all)}\n`).catch(() => {
      // A folder that cannot be written to costs the memory of VMs that are powered off, and nothing else.
    });
  }
}

async function identify(socket: string, monitor: Monitor): Promise<Vm> {
  const { UUID } = await monitor.ask(uuidReply, "query-uuid");
  const { name = basename(socket).replace(SOCKET, "") } = await monitor.ask(nameReply, "query-name");
  const found = await writableDisks(await monitor.ask(blockDevices, "query-block"), await processOf(socket));
  // Temporary images do not exist when the VM is off.
  const files = found.map(({ layers, temporary }) => layers[temporary ? 1 : 0]?.file ?? "");
  const disks = files.filter((file) => isLocal(file) && isAbsolute(file));
  const places = Object.fromEntries((await Promise.all(disks.map(placeOf))).flat());
  return { id: UUID === NO_UUID ? name : UUID, name, socket, disks, images: disks, places, running: true };
}

/** Adds data of earlier reads: images that the VM wrote to, and disks whose full path QEMU does not report now. */
function withPast(vm: Vm, before: Vm | undefined): Vm {
  if (before === undefined) return vm;
  return {
    ...vm,
    disks: vm.disks.length > 0 ? vm.disks : before.disks,
    images: [...new Set([...vm.images, ...before.images, ...before.disks])],
    places: { ...before.places, ...vm.places },
  };
}

/** A file's inode and file system. */
type Place = { inode: number; device: number };

async function placeOf(file: string): Promise<[string, Place][]> {
  const known = await stat(file).catch(() => undefined);
  return known === undefined ? [] : [[file, { inode: known.ino, device: known.dev }]];
}

/**
 * Whether the VM's disks provably do not exist: none is found, the folder (or its nearest existing parent) is on the
 * disk's file system, so the storage is mounted, and no file of that folder is the disk under another name.
 */
async function isGone({ disks, places }: Vm): Promise<boolean> {
  const gone = await Promise.all(
    disks.map(async (disk) => {
      const place = places[disk];
      if (place === undefined || (await mayExist(disk))) return false;
      const folder = await nearestFolder(dirname(disk));
      if ((await stat(folder)).dev !== place.device) return false;
      const files = await readdir(folder);
      const inodes = await Promise.all(files.map((name) => stat(join(folder, name)).catch(() => undefined)));
      return !inodes.some((file) => file?.ino === place.inode && file.dev === place.device);
    }),
  ).catch(() => [false]);
  return disks.length > 0 && gone.every(Boolean);
}

async function nearestFolder(path: string): Promise<string> {
  return path === dirname(path) || (await mayExist(path)) ? path : nearestFolder(dirname(path));
}
