import { type Call, shared, within } from "../../../waiting";
import { VimFaultError } from "./fault";
import { type Ref, VM_SURROUNDINGS } from "./requests";
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

/** One object, and when it is a VM, the folders above it and its recent tasks. */
export interface Found {
  /** Undefined when the server says that the object does not exist. */
  object: ObjectContent | undefined;
  around: ReadonlyMap<string, ObjectContent>;
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
    const found = new Promise<Found>((resolve, reject) => {
      this.waiting.push({ ref, paths, call, resolve, reject });
      this.schedule();
    });
    return within(call, found);
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
      settle(batch, await this.fetch(batch));
    } catch (error) {
      if (error instanceof VimFaultError && batch.length > 1) await this.eachAlone(batch);
      else for (const { reject } of batch) reject(error);
    } finally {
      this.busy = false;
      this.schedule();
    }
  }

  /** The server refused the whole batch, and does not say because of which object: the others must not suffer from it. */
  private async eachAlone(batch: Wanted[]): Promise<void> {
    const alone = async (wanted: Wanted) => settle([wanted], await this.fetch([wanted]));
    await Promise.all(batch.map((wanted) => alone(wanted).catch(wanted.reject)));
  }

  private async fetch(batch: Wanted[]): Promise<Map<string, ObjectContent>> {
    const properties: Record<string, string[]> = {};
    const refs = new Map<string, Ref>();
    for (const { ref, paths } of batch) {
      refs.set(key(ref), ref);
      properties[ref.type] = [...new Set([...(properties[ref.type] ?? []), ...paths])];
    }
    const withVm = properties.VirtualMachine !== undefined;
    const spec = {
      properties: withVm ? { ...properties, ...aroundVm(properties.Task) } : properties,
      objects: [...refs.values()].map((ref) => ({
        ref,
        ...(ref.type === "VirtualMachine" ? { select: VM_SURROUNDINGS } : {}),
      })),
    };
    // A task that somebody polls must be told in full; one that came along with its VM need not.
    const asked = new Set([...refs.values()].map(({ type }) => type));
    const tolerant = TOLERATED.filter((type) => !asked.has(type));
    const found = await retrieve(this.session, spec, shared((batch[0] as Wanted).call), {
      tolerant,
      keepRefusals: true,
    });
    return new Map(found.map((object) => [key(object.ref), object]));
  }
}

function settle(batch: Wanted[], found: Map<string, ObjectContent>): void {
  for (const { ref, resolve, reject } of batch) {
    const object = found.get(key(ref));
    if (object?.refused) reject(object.refused);
    else resolve({ object, around: found });
  }
}

/** Types whose properties this user may not be allowed to see, although it may see the VM. */
export const TOLERATED = ["Folder", "Datacenter", "VirtualApp", "Task"] as const;

/** What is read of the objects around a VM: the folders that make its path, and the tasks it lately had. */
export function aroundVm(taskPaths: readonly string[] = []): Record<string, string[]> {
  const named = ["name", "parent"];
  const task = [...new Set([...taskPaths, "info.state", "info.descriptionId"])];
  return { Folder: named, Datacenter: named, VirtualApp: named, Task: task };
}

export function key({ type, id }: Ref): string {
  return `${type}:${id}`;
}
