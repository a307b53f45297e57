import { Batcher, type OperationContext, type Outcome } from "../../../core/operation";
import { VimFaultError } from "./fault";
import { type Ref, VM_SURROUNDINGS } from "./requests";
import { type ObjectContent, retrieve } from "./retrieve";
import type { Session } from "./session";

/** Objects in one call. */
const BATCH = 500;

interface Wanted {
  ref: Ref;
  paths: readonly string[];
}

/** One object, and when it is a VM, the folders above it and its recent tasks. */
export interface Found {
  /** Undefined if the server reports that the object does not exist. */
  object: ObjectContent | undefined;
  around: ReadonlyMap<string, ObjectContent>;
}

/**
 * Reads single objects in batches: concurrent reads share one RetrievePropertiesEx. Polls of tasks and reads of VMs
 * share calls.
 */
export class Reader {
  private readonly batcher = new Batcher<Wanted, Found>((batch, call) => this.ask(batch, call), BATCH);

  constructor(private readonly session: Session) {}

  /**
   * @param maxDelayMs milliseconds for which it may wait to be batched
   * @default 12
   * @param patienceMs the same while others keep coming
   * @default maxDelayMs
   */
  read(
    ref: Ref,
    paths: readonly string[],
    call: OperationContext,
    maxDelayMs?: number,
    patienceMs?: number,
  ): Promise<Found> {
    return this.batcher.answer({ ref, paths }, call, maxDelayMs, patienceMs);
  }

  private async ask(batch: readonly Wanted[], call: OperationContext): Promise<Outcome<Found>[]> {
    try {
      return outcomes(batch, await this.fetch(batch, call));
    } catch (error) {
      if (error instanceof VimFaultError && batch.length > 1) return this.eachAlone(batch, call);
      throw error;
    }
  }

  /** The server refused the whole batch without naming the object: the other objects must not fail. */
  private eachAlone(batch: readonly Wanted[], call: OperationContext): Promise<Outcome<Found>[]> {
    const alone = async (wanted: Wanted) => outcomes([wanted], await this.fetch([wanted], call))[0] as Outcome<Found>;
    return Promise.all(batch.map((wanted) => alone(wanted).catch((error: unknown) => ({ error }))));
  }

  private async fetch(batch: readonly Wanted[], call: OperationContext): Promise<Map<string, ObjectContent>> {
    const properties: Record<string, string[]> = {};
    const refs = new Map<string, Ref>();
    for (const { ref, paths } of batch) {
      refs.set(key(ref), ref);
      properties[ref.type] = [...new Set([...(properties[ref.type] ?? []), ...paths])];
    }
    const withVm = properties.VirtualMachine !== undefined;
    const spec = {
      properties: withVm ? { ...properties, ...vmSurroundingProperties(properties.Task) } : properties,
      objects: [...refs.values()].map((ref) => ({
        ref,
        ...(ref.type === "VirtualMachine" ? { select: VM_SURROUNDINGS } : {}),
      })),
    };
    // A polled task needs all properties; one that was read along with its VM does not.
    const requested = new Set([...refs.values()].map(({ type }) => type));
    const tolerant = TOLERATED.filter((type) => !requested.has(type));
    const found = await retrieve(this.session, spec, call, { tolerant, keepRefusals: true });
    return new Map(found.map((object) => [key(object.ref), object]));
  }
}

function outcomes(batch: readonly Wanted[], found: Map<string, ObjectContent>): Outcome<Found>[] {
  return batch.map(({ ref }) => {
    const object = found.get(key(ref));
    return object?.refused ? { error: object.refused } : { answer: { object, around: found } };
  });
}

/** Types whose properties the user may lack the right to read although it may read the VM. */
export const TOLERATED = ["Folder", "Datacenter", "VirtualApp", "Task"] as const;

/** Properties of objects related to a VM: the folders of its path and its recent tasks. */
export function vmSurroundingProperties(taskPaths: readonly string[] = []): Record<string, string[]> {
  const task = [...new Set([...taskPaths, "info.state", "info.descriptionId", "info.result"])];
  return { ...folderProperties(), Task: task };
}

/** The folders of its path. */
export function folderProperties(): Record<string, string[]> {
  const named = ["name", "parent"];
  return { Folder: named, Datacenter: named, VirtualApp: ["name", "parentVApp", "parentFolder"] };
}

export function key({ type, id }: Ref): string {
  return `${type}:${id}`;
}
