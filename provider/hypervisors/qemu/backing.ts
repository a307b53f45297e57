import { type FileHandle, open, readdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type FileKey, fileKey, otherUsersOf, wordsOf } from "./process";

const MAGIC = "QFI\xfb";
/** Entries of one folder that are looked at; a folder with more is not searched, which counts as not known. */
const MOST_ENTRIES = 20_000;

/**
 * The image that a qcow or qcow2 image builds on, as its header has it; undefined for one that stands alone, or is no such image.
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

/** Files that the image at a path builds on directly. A JSON description may name several. */
export async function backingKeys(path: string): Promise<FileKey[]> {
  const name = await backingName(path);
  if (name === undefined) return [];
  const keys = await Promise.all(wordsOf([name]).map((word) => fileKey(resolve(dirname(path), word))));
  return keys.filter((key) => key !== undefined);
}

/** Who else needs an image: other images that build on it, and other processes that have it open. In words, for a refusal. */
export async function dependentsOf(
  image: string,
  own: { files: readonly string[]; folders: readonly string[]; pid: number },
): Promise<string[]> {
  const key = await fileKey(image);
  if (key === undefined) return [`${image}, which cannot be looked at`];
  const known = new Set(await Promise.all(own.files.map(fileKey)));
  const found: string[] = [];
  for (const folder of new Set([dirname(image), ...own.folders])) {
    const names = await readdir(folder).catch(() => undefined);
    if (names === undefined || names.length > MOST_ENTRIES) {
      found.push(`whatever is in ${folder}, which cannot be searched`);
      continue;
    }
    for (const path of names.map((name) => join(folder, name))) {
      const other = await fileKey(path);
      if (other === undefined || known.has(other)) continue;
      if ((await backingKeys(path)).includes(key)) found.push(path);
    }
  }
  const users = await otherUsersOf(image, own.pid);
  return [...new Set(found), ...users.map((pid) => `process ${pid}, which has it open`)];
}
