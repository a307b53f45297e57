import { readFile, rm } from "node:fs/promises";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";
import { backingKeys } from "./backing";
import { parseJson } from "./client/replies";
import { fileKey } from "./files";

const content = z.object({ version: z.literal(1), merged: z.array(z.string()) });

/**
 * A file beside the image that overlays are merged into, with their names. Written before the merge: afterwards QEMU no
 * longer lists them, and after a kill the files to remove would be unknown.
 */
export class MergeNote {
  readonly path: string;

  /** @param into the lower image's file */
  constructor(private readonly into: string) {
    this.path = `${into}.snapstate-merge.json`;
  }

  /** @param merged files of the overlays, top first */
  async write(merged: string[]): Promise<void> {
    await writeFileAtomic(this.path, `${JSON.stringify({ version: 1, merged })}\n`);
  }

  /**
   * Listed images that build on this one, or on another of them, by their headers: no other file is ever removed. Empty
   * if the file is missing.
   */
  async read(): Promise<string[]> {
    const text = await readFile(this.path, "utf8").catch(() => "null");
    const { merged = [] } = content.safeParse(parseJson(text)).data ?? {};
    const proven = new Set([await fileKey(this.into)]);
    // From the lowest up, so that each finds its backing image.
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
