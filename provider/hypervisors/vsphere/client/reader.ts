import type { Call } from "../../../waiting";
import { ANCESTORS, type Ref } from "./requests";
import { type ObjectContent, retrieve } from "./retrieve";
import type { Session } from "./session";

/** Milliseconds in which reads gather before they go out as one. */
const WINDOW = 12;
/** Objects in one call. */
const BATCH = 500;

interface Wanted {
  ref: Ref;
  paths: readonly string[];
  call: Call;
  resolve(found: Found): void;
  reject(error: unknown): void;
}

/** One object, and the folders above it when it is a VM. */
export interface Found {
  /** Undefined when the server says that the object does not exist. */
  object: ObjectContent | undefined;
  folders: ReadonlyMap<string, ObjectContent>;
}

/**
 * Reads single objects, many at a time: what is asked for within one short window, or while a read is under way, goes
 * out as one RetrievePropertiesEx. Polls of tasks and reads of VMs share the same calls.
 */
export class Reader {
  private waiting: Wanted[] = [];
  private busy = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly session: Session) {}

  read(ref: Ref, paths: readonly string[], call: Call): Promise<Found> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ ref, paths, call, resolve, reject });
      this.schedule();
    });
  }

  private schedule(): void {
    if (this.busy || this.timer !== undefined || this.waiting.length === 0) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.flush();
    }, WINDOW);
  }

  private async flush(): Promise<void> {
    this.busy = true;
    const batch = this.waiting.splice(0, BATCH);
    try {
      const found = await this.fetch(batch);
      for (const { ref, resolve } of batch) resolve({ object: found.get(key(ref)), folders: found });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      this.busy = false;
      this.schedule();
    }
  }

  private async fetch(batch: Wanted[]): Promise<Map<string, ObjectContent>> {
    const properties: Record<string, string[]> = {};
    const refs = new Map<string, Ref>();
    for (const { ref, paths } of batch) {
      refs.set(key(ref), ref);
      properties[ref.type] = [...new Set([...(properties[ref.type] ?? []), ...paths])];
    }
    const withPath = properties.VirtualMachine !== undefined;
    const spec = {
      properties: withPath ? { ...properties, ...FOLDER_PROPERTIES } : properties,
      objects: [...refs.values()].map((ref) => ({
        ref,
        ...(ref.type === "VirtualMachine" ? { select: ANCESTORS } : {}),
      })),
    };
    // The most patient of the callers decides how long the shared call may take; each keeps its own deadline.
    const call = batch.reduce((a, b) => (a.call.deadline.left >= b.call.deadline.left ? a : b)).call;
    const found = await retrieve(this.session, spec, { ...call, signal: NEVER }, { tolerant: FOLDER_TYPES });
    return new Map(found.map((object) => [key(object.ref), object]));
  }
}

export const FOLDER_TYPES = ["Folder", "Datacenter", "VirtualApp"] as const;
export const FOLDER_PROPERTIES = {
  Folder: ["name", "parent"],
  Datacenter: ["name", "parent"],
  VirtualApp: ["name", "parent"],
};

/** One cancelled caller must not abort the read of the others. */
const NEVER = new AbortController().signal;

export function key({ type, id }: Ref): string {
  return `${type}:${id}`;
}
