import { readFile, rename } from "node:fs/promises";
import { lock } from "proper-lockfile";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";
import { SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import { parseJson } from "./client/replies";
import { mayExist } from "./files";

const entry = z.object({
  name: z.string(),
  description: z.string(),
  /** The tag of the snapshot it was taken on top of. */
  parent: z.string().nullable(),
  quiesced: z.boolean(),
  /** Power state of the VM when it was taken. */
  power: z.enum(["on", "off", "suspended", "unknown"]),
  /** Written before the snapshot is taken, so an existing snapshot has all its data. ISO 8601. */
  planned: z.string(),
  /** Images that it covers, with its identity inside each; empty until it is taken. Absent if not noted. */
  images: z.record(z.string(), z.string()).optional(),
});

const content = z.object({
  version: z.literal(1),
  /** The tag of the snapshot that the running state descends from. */
  current: z.string().nullable(),
  snapshots: z.record(z.string(), entry).transform(withoutPrototype),
});

const newer = z.object({ version: z.number().min(2) });

export type SidecarEntry = z.infer<typeof entry>;

/** Data that a qcow2 image cannot store: parent, description, current, quiesced. By tag. */
export type SidecarContent = z.infer<typeof content>;

/** Hours for which an entry without a snapshot is kept: the snapshot may be about to be taken. */
const KEEP_PLANNED = 24;

/**
 * The file beside a VM's first disk. It is replaced atomically, so that a kill leaves the old or the new version; a
 * lock serializes changes of several processes.
 */
export class Sidecar {
  readonly path: string;

  constructor(disk: string) {
    this.path = `${disk}.snapstate.json`;
  }

  /** The sidecar of the first of these images that has one; otherwise that of the last of `own`. */
  static async beside(own: readonly [string, ...string[]], former: Iterable<string>): Promise<Sidecar> {
    for (const image of [...own, ...former]) {
      const sidecar = new Sidecar(image);
      // One without permission exists: reading it throws.
      if (await mayExist(sidecar.path)) return sidecar;
    }
    return new Sidecar(own.at(-1) as string);
  }

  /**
   * Empty if missing or damaged: the tree then has gaps, with a warning, until new snapshots are taken.
   *
   * @throws SnapstateError `permission` when it exists but cannot be read, `unsupported` when a newer version wrote it
   */
  async read(call: OperationContext): Promise<SidecarContent> {
    return (await this.observe(call)).content;
  }

  /** @param present the tags of the disks; entries of others are stale */
  async change(
    present: ReadonlySet<string>,
    edit: (content: SidecarContent) => void,
    call: OperationContext,
  ): Promise<void> {
    const release = await this.locked(call);
    try {
      const { content: now, damaged } = await this.observe(call);
      // A later version may be able to recover it.
      if (damaged) await rename(this.path, `${this.path}.damaged-${Date.now()}`);
      edit(now);
      for (const [tag, { planned }] of Object.entries(now.snapshots)) {
        const stale = Date.now() - Date.parse(planned) > KEEP_PLANNED * 3_600_000;
        if (present.has(tag) || !stale) continue;
        const parent = now.snapshots[tag]?.parent ?? null;
        if (now.current === tag) now.current = parent;
        for (const child of Object.values(now.snapshots)) if (child.parent === tag) child.parent = parent;
        delete now.snapshots[tag];
      }
      await writeFileAtomic(this.path, `${JSON.stringify(now, null, 2)}\n`);
    } finally {
      await release();
    }
  }

  private async observe(call: OperationContext): Promise<{ content: SidecarContent; damaged: boolean }> {
    const none = { version: 1 as const, current: null, snapshots: withoutPrototype<SidecarEntry>({}) };
    const text = await readFile(this.path, "utf8").catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENOENT") return undefined;
      throw this.unreadable(call, cause);
    });
    if (text === undefined) return { content: none, damaged: false };
    const { success, data } = content.safeParse(parseJson(text));
    if (success) return { content: data, damaged: false };
    this.refuseNewer(parseJson(text), call);
    const message = `${this.path} is damaged: parents, descriptions and the current snapshot are unknown`;
    call.report({ message, severity: "warning" });
    return { content: none, damaged: true };
  }

  private unreadable(call: OperationContext, cause: NodeJS.ErrnoException): SnapstateError {
    return new SnapstateError({
      kind: "permission",
      operation: call.operation,
      detail: `${this.path} cannot be read: ${cause.code}`,
      hint: "Check that this user may read and write in the folder of the VM's disk",
      cause,
    });
  }

  private refuseNewer(whole: unknown, call: OperationContext): void {
    const { success, data } = newer.safeParse(whole);
    if (!success) return;
    throw new SnapstateError({
      kind: "unsupported",
      operation: call.operation,
      detail: `${this.path} has version ${data.version}, written by a newer snapstate`,
      hint: "Use that version of snapstate for this VM",
    });
  }

  /** The lock of a killed process expires after ten seconds. */
  private async locked(call: OperationContext): Promise<() => Promise<void>> {
    try {
      const retries = { retries: 100, minTimeout: 20, maxTimeout: 300 };
      return await lock(this.path, { realpath: false, stale: 10_000, update: 2_000, retries });
    } catch (cause) {
      throw new SnapstateError({
        kind: "busy",
        operation: call.operation,
        detail: `${this.path} is locked by another process, or cannot be written`,
        hint: "Check that this user may write in the folder of the VM's disk",
        cause,
      });
    }
  }
}

/** So that a snapshot named `constructor` has no inherited entry. */
function withoutPrototype<Value>(values: Record<string, Value>): Record<string, Value> {
  return Object.assign(Object.create(null) as Record<string, Value>, values);
}
