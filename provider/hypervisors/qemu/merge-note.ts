import { readFile, rm } from "node:fs/promises";
import { dirname } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";
import { goesOnFrom } from "./disks";

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

  /** @param merged files of the overlays, in the image's own folder */
  async write(merged: string[]): Promise<void> {
    await writeFileAtomic(this.path, `${JSON.stringify({ version: 1, merged })}\n`);
  }

  /** Overlays of this image and nothing else, whatever the file says; empty when it is missing. */
  async read(): Promise<string[]> {
    const text = await readFile(this.path, "utf8").catch(() => "null");
    const { merged = [] } = content.safeParse(parsed(text)).data ?? {};
    return merged.filter((file) => dirname(file) === dirname(this.into) && goesOnFrom(this.into, file));
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
