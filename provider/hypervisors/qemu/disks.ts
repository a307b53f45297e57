import { basename, dirname } from "node:path";
import { z } from "zod";
import type { Blocker, Consistency } from "../contract";
import type { BlockDevice, ImageInfo, ImageSnapshot } from "./client/replies";

/** One writable disk of a VM. */
export interface Disk {
  /** QMP's handle of it; empty for a VM that is powered off. */
  node: string;
  device: string;
  file: string;
  format: string;
  image: ImageInfo;
}

/** A snapshot as it is inside all of a VM's disks. */
export interface DiskSnapshot {
  /** The name inside the images. QEMU's commands know snapshots by it. */
  tag: string;
  /** Identity: the first disk's own id, and when it was taken, since QEMU gives ids out again. */
  id: string;
  createdAt: string;
  memory: boolean;
  /** Bytes of RAM that it holds. */
  stateBytes: number;
}

/** The disks that a snapshot has to cover, in the order of their devices. Empty drives and read-only media are none. */
export function writableDisks(devices: BlockDevice[]): Disk[] {
  return devices.flatMap(({ device, qdev, inserted }) => {
    if (inserted === undefined || inserted.ro) return [];
    const { drv, image } = inserted;
    const file = plainFile(inserted.file);
    return [{ node: inserted["node-name"] ?? "", device: device || (qdev ?? file), file, format: drv, image }];
  });
}

/** The image's path, also where QEMU describes the layers above it instead (`json:{"driver":"throttle","file":{…}}`). */
function plainFile(file: string): string {
  if (!file.startsWith("json:")) return file;
  const layers = z.looseObject({ filename: z.string().optional() });
  for (let layer = described(file.slice("json:".length)); ; ) {
    const known = layers.safeParse(layer);
    if (!known.success) return file;
    if (known.data.filename !== undefined) return known.data.filename;
    layer = known.data.file ?? known.data.image;
  }
}

/** Undefined for a file whose name only begins like a description. */
function described(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Snapshots that every disk has; one that only some disks have is left over from a failure, and is told apart. */
export function diskSnapshots(disks: Disk[]): { whole: DiskSnapshot[]; partial: string[] } {
  const [first, ...others] = disks.map(({ image }) => image.snapshots ?? []);
  const whole = (first ?? []).filter(({ name }) => others.every((list) => list.some((other) => other.name === name)));
  const tags = new Set(disks.flatMap(({ image }) => (image.snapshots ?? []).map(({ name }) => name)));
  const partial = [...tags].filter((tag) => !whole.some(({ name }) => name === tag));
  return { whole: whole.map((snapshot) => toDiskSnapshot(snapshot, disks)), partial };
}

function toDiskSnapshot(snapshot: ImageSnapshot, disks: Disk[]): DiskSnapshot {
  const { id, name, "date-sec": seconds, "date-nsec": nanoseconds } = snapshot;
  // QEMU keeps the RAM in one of the disks only.
  const all = disks.flatMap(({ image }) => (image.snapshots ?? []).filter((other) => other.name === name));
  const stateBytes = Math.max(...all.map((other) => other["vm-state-size"]));
  return {
    tag: name,
    id: `${id}-${seconds}-${nanoseconds}`,
    createdAt: new Date(seconds * 1000 + Math.floor(nanoseconds / 1e6)).toISOString(),
    memory: stateBytes > 0,
    stateBytes,
  };
}

export function consistencyOf(snapshot: DiskSnapshot, quiesced: boolean): Consistency {
  if (snapshot.memory) return "memory";
  return quiesced ? "filesystem" : "crash";
}

/**
 * The overlays of a disk that a consolidation merges, the top one first, and the image it merges them into. A base image that
 * other VMs share must not be written to, and nothing tells it apart for certain: so only images of the same folder whose
 * names go on from the lower one's (`web.qcow2`, `web.snap1`, `web-2.qcow2`) are taken for overlays of one disk.
 */
export function overlays(disk: Disk): { merge: ImageInfo[]; into: ImageInfo | undefined } {
  const chain: ImageInfo[] = [disk.image];
  for (let next = disk.image["backing-image"]; next !== undefined; next = next["backing-image"]) chain.push(next);
  const into = chain.findLastIndex((base) =>
    chain.slice(0, chain.indexOf(base)).every((one) => goesOnFrom(base.filename, one.filename)),
  );
  return into < 1 ? { merge: [], into: undefined } : { merge: chain.slice(0, into), into: chain[into] };
}

/** By the files' names alone. */
export function goesOnFrom(base: string, overlay: string): boolean {
  const [stem = ""] = basename(base).split(".");
  const name = basename(overlay);
  return dirname(base) === dirname(overlay) && name.startsWith(stem) && /^[._-]/.test(name.slice(stem.length));
}

/** What makes a snapshot of these disks impossible, or only seem to be one. */
export function diskBlockers(disks: Disk[]): Blocker[] {
  const all = (code: string, message: string): Blocker => ({ code, message, blocks: "all" });
  const blockers = disks.flatMap((disk) => {
    if (disk.format !== "qcow2") {
      const message = `the disk ${disk.device} (${disk.file}) is writable and ${disk.format}; only qcow2 holds snapshots`;
      return [all("not-qcow2", `${message}. Convert it with qemu-img convert -O qcow2`)];
    }
    const { merge } = overlays(disk);
    if (merge.length === 0) return [];
    const message = `the disk ${disk.device} has external overlays; internal snapshots and overlays are not mixed on one VM`;
    return [all("overlays", `${message}. Merge them with a ConsolidationTask first`)];
  });
  return disks.length > 0 ? blockers : [...blockers, all("no-disk", "the VM has no writable disk")];
}
