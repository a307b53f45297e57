import { access, stat } from "node:fs/promises";

/** Identity of a file: device and inode, so that links and relative names compare equal. */
export type FileKey = string;

/** The file's identity, or undefined if it does not exist. */
export async function fileKey(path: string): Promise<FileKey | undefined> {
  const known = await stat(path).catch(() => undefined);
  return known === undefined ? undefined : `${known.dev}:${known.ino}`;
}

/** False only if the file provably does not exist. A file without permission may exist. */
export function mayExist(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    ({ code }: NodeJS.ErrnoException) => code !== "ENOENT" && code !== "ENOTDIR",
  );
}
