import { access, stat } from "node:fs/promises";

/** Identity of a file whatever it is called: device and inode, so that links and relative names compare equal. */
export type FileKey = string;

/** The file's identity, or undefined when there is none at that path. */
export async function fileKey(path: string): Promise<FileKey | undefined> {
  const known = await stat(path).catch(() => undefined);
  return known === undefined ? undefined : `${known.dev}:${known.ino}`;
}

/** False only on proof that nothing has that name. A file that this user may not look at may well be there. */
export function mayExist(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    ({ code }: NodeJS.ErrnoException) => code !== "ENOENT" && code !== "ENOTDIR",
  );
}
