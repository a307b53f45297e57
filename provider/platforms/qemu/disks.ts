import { isAbsolute, resolve } from "node:path";
import { z } from "zod";
import type { Blocker } from "../contract-types";
import { type BlockDevice, type ImageInfo, parseJson } from "./client/replies";
import { fileKey, mayExist } from "./files";
import { MergeNote } from "./merge-note";
import { endsWith, type QemuProcess } from "./process";

/** One image of a disk's chain. */
export interface Layer {
  /** Absolute, where it is a file of this machine. */
  file: string;
  format: string;
  image: ImageInfo;
}

/** One writable disk of a VM. */
export interface Disk {
  /** Its name in QMP; empty if the VM is powered off. */
  node: string;
  device: string;
  /** The image that the guest writes to. */
  file: string;
  format: string;
  image: ImageInfo;
  /** The image that the guest writes to, then what each builds on. Filters such as a throttle are omitted. */
  layers: Layer[];
  /**
   * The layer that the VM was started from: those above it were added while it ran. Undefined if unknown, for example
   * if the VM is off.
   */
  started?: number | undefined;
  /** QEMU's own temporary image (`-snapshot`), or one whose file was deleted: it is lost when the process exits. */
  temporary: boolean;
}

/** Layers without data, which pass all requests to the layer below. */
const FILTERS = new Set([
  ...["throttle", "copy-on-read", "compress", "preallocate", "blkdebug", "blklogwrites", "blkreplay"],
  ...["commit_top", "mirror_top", "backup-top", "copy-before-write", "snapshot-access", "quorum"],
]);

/** The disks that a snapshot must cover, in the order of their devices. Excludes empty drives and read-only media. */
export async function writableDisks(devices: BlockDevice[], process: QemuProcess | undefined): Promise<Disk[]> {
  const disks = devices.map(async ({ device, qdev, inserted }): Promise<Disk[]> => {
    if (inserted === undefined || inserted.ro) return [];
    const named = { node: inserted["node-name"] ?? "", device: device || (qdev ?? plainFile(inserted.file)) };
    const disk = diskOf(
      named,
      layersOf(inserted.image, (file) => absolute(file, process)),
    );
    const temporary = isLocal(disk.file) && !(await mayExist(disk.file));
    return [{ ...disk, temporary, started: await startedFrom(disk.layers, process) }];
  });
  return (await Promise.all(disks)).flat();
}

/**
 * The layer that the VM was started from, by the command line. If QEMU died during a merge, the VM may run from an
 * overlay that is partly merged: the note of that merge proves that the overlay belongs to the VM.
 */
async function startedFrom(layers: Layer[], process?: QemuProcess): Promise<number | undefined> {
  const keys = await Promise.all(layers.map(({ file }) => fileKey(file)));
  const named = keys.findIndex((key) => key !== undefined && process?.named.has(key));
  for (const [index, { file }] of layers.entries()) {
    if (index === 0 || index <= named) continue;
    const merging = await Promise.all((await new MergeNote(file).read()).map(fileKey));
    if (keys.slice(0, index).every((key) => merging.includes(key))) return index;
  }
  return named < 0 ? undefined : named;
}

/** A disk of a powered-off VM, from qemu-img's output. */
export async function diskOfImage(file: string, image: ImageInfo): Promise<Disk> {
  const layers = layersOf(image, (name) => name);
  return { ...diskOf({ node: "", device: file }, layers), file, started: await startedFrom(layers) };
}

function diskOf(named: { node: string; device: string }, layers: Layer[]): Disk {
  const [{ file, format, image }] = layers as [Layer];
  return { ...named, file, format, image, layers, temporary: false };
}

function layersOf(top: ImageInfo, path: (file: string) => string): Layer[] {
  const images: ImageInfo[] = [];
  for (let image: ImageInfo | undefined = top; image !== undefined; image = image["backing-image"]) images.push(image);
  const data = images.filter(({ format }, index) => index === images.length - 1 || !FILTERS.has(format));
  return data.map((image) => ({ file: path(plainFile(image.filename)), format: image.format, image }));
}

/** Overlays that were added while the VM ran, top first, and the image below them. None if that is unknown. */
export function addedOverlays({ layers, started, temporary }: Disk): { added: Layer[]; onto: Layer | undefined } {
  if (started === undefined || started === 0 || temporary) return { added: [], onto: undefined };
  return { added: layers.slice(0, started), onto: layers[started] };
}

/** An overlay with internal snapshots: a merge would delete them. */
export function snapshotHolder(layers: Layer[]): Layer | undefined {
  return layers.find(({ image }) => (image.snapshots ?? []).length > 0);
}

/** Layers that belong to this VM: those since its start, and those that it has written to. */
export function ownLayers({ layers, started = 0 }: Disk, formerImages: ReadonlySet<string>): Layer[] {
  return layers.filter(({ file }, index) => index <= started || formerImages.has(file));
}

/** What makes a snapshot of these disks impossible or incomplete. */
export function diskBlockers(disks: Disk[]): Blocker[] {
  const all = (code: string, message: string): Blocker => ({ code, message, blocks: "all" });
  const blockers = disks.flatMap((disk): Blocker[] => {
    if (disk.temporary) {
      const message = `the disk ${disk.device} writes to ${disk.file}, which is lost when this QEMU process exits (-snapshot), and a snapshot with it`;
      return [all("temporary-disk", `${message}. Start the VM without -snapshot`)];
    }
    if (disk.format !== "qcow2") {
      const message = `the disk ${disk.device} (${disk.file}) is writable and ${disk.format}; only qcow2 supports snapshots`;
      return [all("not-qcow2", `${message}. Convert it with qemu-img convert -O qcow2`)];
    }
    const dataFile = disk.image["format-specific"]?.data["data-file"];
    if (dataFile !== undefined) {
      const message = `the disk ${disk.device} (${disk.file}) keeps its data in ${dataFile}, and QEMU takes no snapshot of an image with an external data file`;
      return [all("external-data-file", `${message}. Convert it with qemu-img convert -O qcow2`)];
    }
    const { added } = addedOverlays(disk);
    if (added.length === 0 || snapshotHolder(added) !== undefined) return [];
    const message = `the disk ${disk.device} has external overlays; internal snapshots and overlays are not mixed on one VM`;
    return [all("overlays", `${message}. Merge them with a ConsolidationTask first`)];
  });
  return disks.length > 0 ? blockers : [...blockers, all("no-disk", "the VM has no writable disk")];
}

/** Devices whose state QEMU cannot save, so that only snapshots without memory are possible. */
export function memoryBlockers(reasons: readonly string[]): Blocker[] {
  return reasons.map((reason) => ({
    code: "unsaveable-device",
    message: `QEMU cannot save the memory of this VM: ${reason}. Omit memory, or start the VM without that device`,
    blocks: "memory",
  }));
}

/**
 * The absolute path of a name from QEMU. Relative names refer to QEMU's start directory, which a daemonized process has
 * left, so its open files are checked first. An unresolvable name remains relative.
 */
function absolute(file: string, process: QemuProcess | undefined): string {
  if (process === undefined || !isLocal(file) || isAbsolute(file)) return file;
  const matches = new Set(process.open.map(({ path }) => path).filter(endsWith(file)));
  const [only, ...others] = matches;
  if (only !== undefined && others.length === 0) return only;
  return process.cwd === undefined ? file : resolve(process.cwd, file);
}

/** Not a remote export (`nbd://host/x`, `rbd:pool/x`) or a description. */
export function isLocal(file: string): boolean {
  return !/^[a-z][a-z0-9+.-]*:/i.test(file);
}

/** The image's path, even if QEMU describes the layers above it (`json:{"driver":"throttle","file":{…}}`). */
function plainFile(file: string): string {
  if (!file.startsWith("json:")) return file.replace(/^file:(?!\/\/)/, "");
  const layers = z.looseObject({ filename: z.string().optional() });
  for (let layer = parseJson(file.slice("json:".length)); ; ) {
    const known = layers.safeParse(layer);
    if (!known.success) return file;
    if (known.data.filename !== undefined) return known.data.filename;
    layer = known.data.file ?? known.data.image;
  }
}
