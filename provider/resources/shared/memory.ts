import { Mutex } from "async-mutex";

/** What the lifecycles of one process share. Correctness across processes does not depend on it. */
export class ProcessMemory {
  private readonly locks = new Map<string, { mutex: Mutex; users: number }>();
  private readonly reported = new Set<string>();

  /** Serializes changes of one target; different targets do not wait for each other. */
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

  /** True the first time a text is passed in this process. */
  once(text: string): boolean {
    if (this.reported.has(text)) return false;
    this.reported.add(text);
    return true;
  }
}
