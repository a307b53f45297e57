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
  /** QMP's handle of it; empty for a VM that is powered off. */
  node: string;
  device: string;
  /** The image that the guest writes to. */
  file: string;
  format: string;
  image: ImageInfo;
  /** The image that the guest writes to, then what each builds on. Filters such as a throttle are left out. */
  layers: Layer[];
  /**
   * Which layer the VM was started from: those above it were put on while it ran, those below it were there before. Undefined
   * when that cannot be known, as for a VM that is off.
   */
  started?: number | undefined;
  /** QEMU's own temporary image (`-snapshot`), or one whose file was deleted: it ends with the process. */
  temporary: boolean;
}

/** Layers that hold no data and pass everything on to the one below them. */
const FILTERS = new Set([
  ...["throttle", "copy-on-read", "compress", "preallocate", "blkdebug", "blklogwrites", "blkreplay"],
  ...["commit_top", "mirror_top", "backup-top", "copy-before-write", "snapshot-access", "quorum"],
]);

/** The disks that a snapshot has to cover, in the order of their devices. Empty drives and read-only media are none. */
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
 * The layer that the VM was started from, by the command line. After a merge that QEMU did not survive the VM is off, or started from an
 * overlay whose data are in part in the image below: the note of that merge proves the overlay to be the VM's own.
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

/** A disk of a VM that is powered off, from what qemu-img tells of its chain. */
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

/** Overlays that were put on while the VM ran, the top one first, and the image below them. None of these when that is not known. */
export function addedOverlays({ layers, started, temporary }: Disk): { added: Layer[]; onto: Layer | undefined } {
  if (started === undefined || started === 0 || temporary) return { added: [], onto: undefined };
  return { added: layers.slice(0, started), onto: layers[started] };
}

/** One of these that has snapshots inside: merging it would lose them with its file. */
export function snapshotHolder(layers: Layer[]): Layer | undefined {
  return layers.find(({ image }) => (image.snapshots ?? []).length > 0);
}

/** Layers that are this VM's own: those from its start on, and those that it is known to have written to. */
export function ownLayers({ layers, started = 0 }: Disk, formerImages: ReadonlySet<string>): Layer[] {
  return layers.filter(({ file }, index) => index <= started || formerImages.has(file));
}

/** What makes a snapshot of these disks impossible, or only seem to be one. */
export function diskBlockers(disks: Disk[]): Blocker[] {
  const all = (code: string, message: string): Blocker => ({ code, message, blocks: "all" });
  const blockers = disks.flatMap((disk): Blocker[] => {
    if (disk.temporary) {
      const message = `the disk ${disk.device} writes to ${disk.file}, which ends with this QEMU process (-snapshot), and a snapshot would end with it`;
      return [all("temporary-disk", `${message}. Start the VM without -snapshot`)];
    }
    if (disk.format !== "qcow2") {
      const message = `the disk ${disk.device} (${disk.file}) is writable and ${disk.format}; only qcow2 holds snapshots`;
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
    message: `QEMU cannot save the memory of this VM: ${reason}. Leave memory out, or start the VM without that device`,
    blocks: "memory",
  }));
}

/**
 * The absolute path of what QEMU names. A relative name counts from where QEMU was started, which a daemonized one has left: so its
 * open files come first. A name that cannot be resolved stays relative.
 */
function absolute(file: string, process: QemuProcess | undefined): string {
  if (process === undefined || !isLocal(file) || isAbsolute(file)) return file;
  const matches = new Set(process.open.map(({ path }) => path).filter(endsWith(file)));
  const [only, ...others] = matches;
  if (only !== undefined && others.length === 0) return only;
  return process.cwd === undefined ? file : resolve(process.cwd, file);
}

/** Not an export of another machine (`nbd://host/x`, `rbd:pool/x`), nor a description. */
export function isLocal(file: string): boolean {
  return !/^[a-z][a-z0-9+.-]*:/i.test(file);
}

/** The image's path, also where QEMU describes the layers above it instead (`json:{"driver":"throttle","file":{…}}`). */
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
