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

/** A VM that runs, or ran when this connection last saw it. */
export interface Vm {
  /** QEMU's UUID; a VM that was started without one is known by its name. */
  id: string;
  name: string;
  socket: string;
  /** Files of its writable disks, by which it is found when it is powered off. */
  disks: string[];
  /** Every image that it is known to have written to: what lies below an overlay is still its own. */
  images: string[];
  /** Where its disks were, by which a disk that is gone is told from storage that is not mounted. */
  places: Record<string, Place>;
  running: boolean;
}

const NO_UUID = "00000000-0000-0000-0000-000000000000";
/** Sockets asked at the same time. */
const CONCURRENT_SOCKETS = 64;
/**
 * Milliseconds for a greeting when every socket of a folder is asked: QEMU greets at once, and what does not is no QMP, or serves
 * another client. Either way the others are not kept waiting.
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

/** The VMs of a connection: its sockets, and a file beside them that remembers the disks of those that are powered off. */
export class Vms {
  constructor(
    private readonly settings: QemuSettings,
    private readonly monitors: Monitors,
  ) {}

  /** An id of the place: this machine, and the folder or the sockets. */
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
   * Every VM that runs, or is remembered and has its disks.
   * @throws SnapstateError `unreachable` when the folder cannot be read; what a socket that does not answer says, unless its VM
   * is remembered or somebody listens for it
   */
  async list(call: OperationContext, onUnread?: (socket: string, error: SnapstateError) => void): Promise<Vm[]> {
    const { vms, silent } = await this.observe(call);
    const [first] = silent;
    if (first !== undefined && onUnread === undefined) throw first.error;
    for (const { socket, error } of silent) onUnread?.(socket, error);
    return vms;
  }

  /** The VMs that are known, and why sockets could not be asked for their own. */
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
   * @throws SnapstateError `not-found` when its disks are gone, which is proof; `unreachable` when nothing is known of it
   */
  async get(id: string, call: OperationContext): Promise<Vm> {
    const remembered = await this.remembered();
    const before = remembered.find((vm) => vm.id === id);
    const vm = (before && (await this.ask(before.socket, remembered, call))) ?? undefined;
    if (vm?.id === id) {
      const now = withPast(vm, before);
      // A disk may have an overlay since: once the VM is off, the image below must not pass for the disk.
      await this.remember([now], remembered);
      return now;
    }
    const { vms, silent } = await this.observe(call);
    const found = vms.find((other) => other.id === id);
    if (found) return found;
    if (silent[0]) throw silent[0].error;
    if (before && (await isGone(before))) {
      const detail = `the VM ${before.name} is not running and its disks are gone: ${before.disks.join(", ")}`;
      throw new SnapstateError({ kind: "not-found", operation: call.operation, detail });
    }
    throw new SnapstateError({
      kind: "unreachable",
      operation: call.operation,
      detail: `no VM ${id} answers on the connection's sockets, and where its disks are is not known`,
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
      throw ambiguousTarget(what, each, "Name it by its UUID", call);
    }
    if (match) return match;
    // It may be the one that does not answer.
    if (silent[0]) throw silent[0].error;
    const names = vms.map(({ name }) => name).sort();
    const detail = `no VM ${JSON.stringify(value)} answers here. There are: ${names.join(", ") || "none"}`;
    const hint = "Is it running, with a QMP socket in the connection's folder? Start QEMU with -name and -uuid";
    throw new SnapstateError({ kind: "not-found", operation, detail, hint });
  }

  /** VMs that were seen once, without asking anything of QEMU. */
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

  /** Undefined when no QEMU listens. One that listens and is busy is taken as it is remembered. */
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
    // What another connection on the same folder remembers stays, while its disks do.
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
  // What ends with the process is no place to look at when it is off.
  const files = found.map(({ layers, temporary }) => layers[temporary ? 1 : 0]?.file ?? "");
  const disks = files.filter((file) => isLocal(file) && isAbsolute(file));
  const places = Object.fromEntries((await Promise.all(disks.map(placeOf))).flat());
  return { id: UUID === NO_UUID ? name : UUID, name, socket, disks, images: disks, places, running: true };
}

/** Adds what an earlier look knew: images that the VM wrote to then, and disks whose names QEMU does not show in full now. */
function withPast(vm: Vm, before: Vm | undefined): Vm {
  if (before === undefined) return vm;
  return {
    ...vm,
    disks: vm.disks.length > 0 ? vm.disks : before.disks,
    images: [...new Set([...vm.images, ...before.images, ...before.disks])],
    places: { ...before.places, ...vm.places },
  };
}

/** A file by its inode, and the file system that it is on. */
type Place = { inode: number; device: number };

async function placeOf(file: string): Promise<[string, Place][]> {
  const known = await stat(file).catch(() => undefined);
  return known === undefined ? [] : [[file, { inode: known.ino, device: known.dev }]];
}

/**
 * Whether the VM's disks are gone beyond doubt: none is there, its folder (or what is left above it) is on the file system that the disk was
 * on, so that the storage is mounted, and no file of that folder is the disk under another name. Less than that is not knowing.
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
