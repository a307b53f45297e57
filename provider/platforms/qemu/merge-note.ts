import { readFile, rm } from "node:fs/promises";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";
import { backingKeys } from "./backing";
import { parseJson } from "./client/replies";
import { fileKey } from "./files";

const content = z.object({ version: z.literal(1), merged: z.array(z.string()) });

/**
 * The file beside an image into which overlays are merged, with their names. Written before the merge: when that has ended
 * QEMU no longer knows them, and a run that was killed could not tell which files it had to remove.
 */
export class MergeNote {
  readonly path: string;

  /** @param into the lower image's file */
  constructor(private readonly into: string) {
    this.path = `${into}.snapstate-merge.json`;
  }

  /** @param merged files of the overlays, the top one first */
  async write(merged: string[]): Promise<void> {
    await writeFileAtomic(this.path, `${JSON.stringify({ version: 1, merged })}\n`);
  }

  /**
   * Images that build on this one, or on another of them, by their own headers: whatever the file says, nothing else is removed.
   * Empty when it is missing.
   */
  async read(): Promise<string[]> {
    const text = await readFile(this.path, "utf8").catch(() => "null");
    const { merged = [] } = content.safeParse(parseJson(text)).data ?? {};
    const proven = new Set([await fileKey(this.into)]);
    // From the lowest one up, so that each finds what it builds on.
    const files: string[] = [];
    for (const file of merged.reverse()) {
      if (!(await backingKeys(file)).some((key) => proven.has(key))) continue;
      proven.add(await fileKey(file));
      files.unshift(file);
    }
    return files;
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }
}
