import { type FileHandle, open, readdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { Disk } from "./disks";
import { type FileKey, fileKey } from "./files";
import { otherUsersOf, wordsOf } from "./process";

const MAGIC = "QFI\xfb";
/** Maximum entries of a folder; a larger folder is not searched, which counts as unknown. */
const MAX_FOLDER_ENTRIES = 20_000;

/**
 * The backing image in the header of a qcow or qcow2 image; undefined if there is none or it is another format.
 * https://www.qemu.org/docs/master/interop/qcow2.html
 */
async function backingName(path: string): Promise<string | undefined> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, "r");
    const header = Buffer.alloc(20);
    const { bytesRead } = await file.read(header, 0, header.length, 0);
    if (bytesRead < header.length || header.toString("latin1", 0, 4) !== MAGIC) return undefined;
    const length = header.readUInt32BE(16);
    if (length === 0 || length > 4096) return undefined;
    const name = Buffer.alloc(length);
    await file.read(name, 0, length, Number(header.readBigUInt64BE(8)));
    return name.toString("utf8");
  } catch {
    return undefined;
  } finally {
    await file?.close();
  }
}

/** Files that an image builds on directly. A JSON description may name several. */
export async function backingKeys(path: string): Promise<FileKey[]> {
  const name = await backingName(path);
  if (name === undefined) return [];
  const keys = await Promise.all(wordsOf([name]).map((word) => fileKey(resolve(dirname(path), word))));
  return keys.filter((key) => key !== undefined);
}

interface Own {
  /** Images of the VM's own chain. */
  files: readonly string[];
  /** Searched in addition to the image's own folder. */
  folders: readonly string[];
}

/** Other users of an image: images that build on it and processes that have it open. As text, for a refusal. */
export async function dependentsOf(image: string, own: Own & { pid: number }): Promise<string[]> {
  const key = await fileKey(image);
  if (key === undefined) return [`${image}, which cannot be inspected`];
  const { images, unsearched } = await imagesBuiltOn(key, dirname(image), own);
  const users = await otherUsersOf(image, own.pid);
  return [
    ...images,
    ...unsearched.map((folder) => `possibly images in ${folder}, which cannot be searched`),
    ...users.map((pid) => `process ${pid}, which has it open`),
  ];
}

/**
 * A revert rewrites the active image: an image that builds on it, such as a linked clone, would mix data of two points
 * in time.
 * @throws SnapstateError `guard` when other images build on one of them
 */
export async function refuseSharedImages(
  disks: Disk[],
  folders: readonly string[],
  call: OperationContext,
): Promise<void> {
  for (const { file, layers } of disks) {
    const key = await fileKey(file);
    if (key === undefined) continue;
    const { images } = await imagesBuiltOn(key, dirname(file), { files: layers.map((layer) => layer.file), folders });
    if (images.length === 0) continue;
    throw new SnapstateError({
      kind: "guard",
      operation: call.operation,
      detail: `refused before anything was changed: ${images.join(", ")} builds on ${file}, and a revert would change its base`,
      hint: "Remove these images if they are not needed, or make them independent with qemu-img rebase -b ''",
    });
  }
}

async function imagesBuiltOn(key: FileKey, home: string, { files, folders }: Own) {
  const known = new Set(await Promise.all(files.map(fileKey)));
  const images = new Set<string>();
  const unsearched: string[] = [];
  for (const folder of new Set([home, ...folders])) {
    const names = await readdir(folder).catch(() => undefined);
    if (names === undefined || names.length > MAX_FOLDER_ENTRIES) {
      unsearched.push(folder);
      continue;
    }
    for (const path of names.map((name) => join(folder, name))) {
      const other = await fileKey(path);
      if (other === undefined || known.has(other)) continue;
      if ((await backingKeys(path)).includes(key)) images.add(path);
    }
  }
  return { images: [...images], unsearched };
}
