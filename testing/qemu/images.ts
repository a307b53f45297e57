import { execFile } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { bootSector, COUNTERS_ON_DISK, type Counters, countersIn } from "./boot-sector/boot-sector";

const run = promisify(execFile);

/** Runs qemu-img; an error contains its output. */
export async function qemuImg(...args: string[]): Promise<string> {
  return (await run("qemu-img", args, { maxBuffer: 64 * 1024 * 1024 })).stdout;
}

export interface NewImage {
  file: string;
  /** @default 1 */
  mebibytes?: number;
  /** @default "qcow2" */
  format?: "qcow2" | "raw";
  /** Writes the counting guest's boot sector to it. @default false */
  boots?: boolean;
}

export async function createImage({ file, mebibytes = 1, format = "qcow2", boots = false }: NewImage): Promise<void> {
  const raw = `${file}.making`;
  const content = Buffer.alloc(mebibytes * 1024 * 1024);
  if (boots) bootSector().copy(content);
  await writeFile(raw, content);
  try {
    await qemuImg("convert", "-f", "raw", "-O", format, raw, file);
  } finally {
    await rm(raw, { force: true });
  }
}

/**
 * All bytes that a guest would read from the image, including overlays, also while QEMU has it open.
 *
 * @param snapshot tag of an internal snapshot, to read the disk at that time
 */
export async function contentOf(file: string, snapshot?: string): Promise<Buffer> {
  const raw = `${file}.${process.pid}.reading`;
  const of = snapshot === undefined ? [] : ["-l", `snapshot.name=${snapshot}`];
  try {
    await qemuImg("convert", "-U", ...of, "-O", "raw", file, raw);
    return await readFile(raw);
  } finally {
    await rm(raw, { force: true });
  }
}

/** The counting guest's counters on its disk. Data in QEMU's caches is not included: pause the VM first. */
export async function countersOn(file: string, snapshot?: string): Promise<Counters> {
  const content = await contentOf(file, snapshot);
  return countersIn(content.subarray(COUNTERS_ON_DISK));
}

export interface ImageSnapshot {
  id: string;
  name: string;
  "vm-state-size": number;
}

interface ImageInfo {
  filename: string;
  format: string;
  snapshots?: ImageSnapshot[];
  "full-backing-filename"?: string;
}

/** The image and its backing images, from the top. */
export async function chainOf(file: string): Promise<ImageInfo[]> {
  return JSON.parse(await qemuImg("info", "-U", "--backing-chain", "--output=json", file));
}

/** Internal snapshots of the image. */
export async function snapshotsIn(file: string): Promise<ImageSnapshot[]> {
  return (await chainOf(file))[0]?.snapshots ?? [];
}

/** Fails if the image is damaged. Leaked clusters, which a kill may leave, only waste space. */
export async function checkImage(file: string): Promise<void> {
  const found = await run("qemu-img", ["check", "--output=json", file]).catch((error: { stdout: string }) => error);
  const { corruptions = 0, "check-errors": errors = 0 } = JSON.parse(found.stdout || '{"check-errors":1}');
  if (corruptions + errors > 0) throw new Error(`${file} is damaged: ${found.stdout}`);
}
