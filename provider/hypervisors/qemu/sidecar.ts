import { readFile } from "node:fs/promises";
import { lock } from "proper-lockfile";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";
import { SnapstateError } from "../../errors";
import type { Call } from "../../waiting";

const entry = z.object({
  name: z.string(),
  description: z.string(),
  /** The tag of the point it was taken on top of. */
  parent: z.string().nullable(),
  quiesced: z.boolean(),
  /** Power state of the VM when it was taken. */
  power: z.enum(["on", "off", "suspended", "unknown"]),
  /** Written before the snapshot is taken: when the snapshot is there, so is all that belongs to it. ISO 8601. */
  planned: z.string(),
});

const content = z.object({
  version: z.literal(1),
  /** The tag of the point that the running state descends from. */
  current: z.string().nullable(),
  points: z.record(z.string(), entry),
});

export type SidecarEntry = z.infer<typeof entry>;

/** What a qcow2 image has no room for: parent, description, current, quiesced. By tag. */
export type SidecarContent = z.infer<typeof content>;

/** Hours for which an entry without a snapshot is kept: somebody may be about to take it. */
const KEEP_PLANNED = 24;

/**
 * The file beside a VM's first disk. It is replaced as a whole and never edited, so that a kill at any moment leaves the old
 * one or the new one; a lock keeps processes from undoing each other's changes.
 */
export class Sidecar {
  readonly path: string;

  constructor(disk: string) {
    this.path = `${disk}.snapstate.json`;
  }

  /** Missing or not understood, it is empty: the tree then has gaps, and says so, until new points are taken. */
  async read(): Promise<SidecarContent> {
    try {
      const parsed = content.safeParse(JSON.parse(await readFile(this.path, "utf8")));
      if (parsed.success) return parsed.data;
    } catch {
      // As for one that is not understood.
    }
    return { version: 1, current: null, points: {} };
  }

  /** @param present the tags that the disks have, by which entries that are left over are known */
  async change(present: ReadonlySet<string>, edit: (content: SidecarContent) => void, call: Call): Promise<void> {
    const release = await this.locked(call);
    try {
      const now = await this.read();
      edit(now);
      for (const [tag, { planned }] of Object.entries(now.points)) {
        const stale = Date.now() - Date.parse(planned) > KEEP_PLANNED * 3_600_000;
        if (present.has(tag) || !stale) continue;
        const parent = now.points[tag]?.parent ?? null;
        if (now.current === tag) now.current = parent;
        for (const child of Object.values(now.points)) if (child.parent === tag) child.parent = parent;
        delete now.points[tag];
      }
      await writeFileAtomic(this.path, `${JSON.stringify(now, null, 2)}\n`);
    } finally {
      await release();
    }
  }

  /** A lock of a process that was killed is taken over after ten seconds. */
  private async locked(call: Call): Promise<() => Promise<void>> {
    try {
      const retries = { retries: 100, minTimeout: 20, maxTimeout: 300 };
      return await lock(this.path, { realpath: false, stale: 10_000, update: 2_000, retries });
    } catch (cause) {
      throw new SnapstateError({
        kind: "busy",
        doing: call.doing,
        answered: `${this.path} is locked by another process, or cannot be written`,
        hint: "Check that this user may write in the folder of the VM's disk",
        cause,
      });
    }
  }
}
