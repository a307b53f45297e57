import { Mutex } from "async-mutex";
import type { KnownTarget } from "./find-target";
import { nextMarker } from "./marker";

/**
 * What one provider process remembers between the calls of one engine operation. Correctness across processes does not
 * depend on it: markers on the platform provide that.
 */
export class ProcessMemory {
  private readonly markers = new Map<string, string>();
  private readonly locks = new Map<string, { mutex: Mutex; users: number }>();
  private readonly takenOver = new Map<string, string>();
  private readonly targets = new Map<string, { input: string; target: KnownTarget }>();
  private readonly said = new Set<string>();
  private readonly imported = new Set<string>();

  /** Called when a resource with a state is checked: its marker is in use. */
  noteMarker(owner: string, marker: string): void {
    this.markers.set(owner, marker);
    this.takenOver.delete(owner);
  }

  /**
   * The marker for a new snapshot of this owner, when the state already has one. The engine checks a replacement
   * twice, first with the old inputs and then without; the second check must not assign the first one's marker, or the
   * create would take the very snapshot it replaces for its own.
   */
  markerAfter(owner: string): string | undefined {
    const taken = this.markers.get(owner);
    return taken === undefined ? undefined : nextMarker(taken);
  }

  /** Called while the state of a resource to be replaced is at hand: the create that follows gets only inputs. */
  noteTarget(owner: string, input: unknown, target: KnownTarget): void {
    this.targets.set(owner, { input: JSON.stringify(input), target });
  }

  /** The target that this owner's state has for that same input. */
  knownTarget(owner: string | undefined, input: unknown): KnownTarget | undefined {
    const known = owner === undefined ? undefined : this.targets.get(owner);
    return known?.input === JSON.stringify(input) ? known.target : undefined;
  }

  forgetMarker(owner: string): void {
    this.markers.delete(owner);
  }

  /**
   * Called when a create found its snapshot by the marker. With `pulumi up --replace` or a taint, the engine checks
   * once and without the old inputs, so such a create looks like one that follows an interrupted run.
   */
  noteTakenOver(owner: string, snapshot: string): void {
    this.takenOver.set(owner, snapshot);
  }

  /**
   * Whether a create of this process took the snapshot over, so that the delete of the replaced resource must leave
   * it. Returns true once.
   */
  wasTakenOver(owner: string, snapshot: string): boolean {
    if (this.takenOver.get(owner) !== snapshot) return false;
    return this.takenOver.delete(owner);
  }

  /** Runs changes of one target one after the other; different targets do not wait for each other. */
  async withLock<T>(targetKey: string, work: () => Promise<T>): Promise<T> {
    const lock = this.locks.get(targetKey) ?? { mutex: new Mutex(), users: 0 };
    this.locks.set(targetKey, lock);
    lock.users++;
    try {
      return await lock.mutex.runExclusive(work);
    } finally {
      if (--lock.users === 0) this.locks.delete(targetKey);
    }
  }

  /**
   * Called when a read has only an id, which means an import. The engine then compares the result with the program and
   * reports any difference as an error; only the next operation, in another process, may change what was imported.
   */
  noteImported(owner: string): void {
    this.imported.add(owner);
  }

  wasImported(owner: string | undefined): boolean {
    return owner !== undefined && this.imported.has(owner);
  }

  /** True the first time a text is passed in this process. */
  once(text: string): boolean {
    if (this.said.has(text)) return false;
    this.said.add(text);
    return true;
  }
}
