import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { z } from "zod";

const holderSchema = z.object({ pid: z.number(), host: z.string(), since: z.string() });
type Holder = z.infer<typeof holderSchema>;

/**
 * Keeps a state file to one operation at a time, as Pulumi's own file backend does. A lock whose process is no more, as
 * after a kill -9, is taken over; with Pulumi that needs a `pulumi cancel`.
 * @returns what gives the lock back.
 * @throws Error naming the process that holds it.
 */
export function lockState(stateFile: string): () => void {
  const file = `${stateFile}.lock`;
  const own: Holder = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
  mkdirSync(dirname(file), { recursive: true });
  for (let attempt = 1; ; attempt++) {
    if (created(file, own)) return () => rmSync(file, { force: true });
    const holder = read(file);
    if (holder === "gone") continue;
    if (holder === undefined || lives(holder) || attempt > 3) throw locked(file, holder);
    takeAway(file, holder);
  }
}

/** Whole from the first moment: whoever reads a lock finds its holder in it. */
function created(file: string, own: Holder): boolean {
  const draft = `${file}.${process.pid}.${Date.now()}`;
  writeFileSync(draft, JSON.stringify(own));
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}

function read(file: string): Holder | "gone" | undefined {
  try {
    return holderSchema.safeParse(JSON.parse(readFileSync(file, "utf8"))).data;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? "gone" : undefined;
  }
}

/** A process of another machine cannot be asked, and is taken to be at work. */
function lives({ pid, host }: Holder): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Of two that see the same dead holder only one removes it, and neither removes the other's new lock. */
function takeAway(file: string, dead: Holder): void {
  const aside = `${file}.${process.pid}.dead`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  const moved = read(aside);
  if (moved !== undefined && moved !== "gone" && (moved.pid !== dead.pid || moved.since !== dead.since))
    created(file, moved);
  rmSync(aside, { force: true });
}

function locked(file: string, holder: Holder | undefined): Error {
  const who = holder ? `process ${holder.pid} on ${holder.host} since ${holder.since}` : "an unreadable lock";
  return new Error(
    `the stack is currently locked by 1 lock(s): ${who}. Either wait for the other process(es) to end or delete ${file}`,
  );
}
