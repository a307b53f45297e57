import type { Vcsim } from "../vcsim/launcher";
import { NaiveClient } from "./naive-client";

/** Milliseconds between polls within a round. */
const POLL_MS = 8;

/**
 * A lower bound for any client: ids are known in advance, each round of changes is sent in parallel, and one read polls
 * all of its tasks. It checks nothing and reads no snapshots.
 */
export class BareClient extends NaiveClient {
  /** @param taskMs duration of a task in milliseconds, which no real client knows */
  constructor(
    vcsim: Vcsim,
    parallel: number,
    private readonly taskMs: number,
  ) {
    super(vcsim, parallel);
  }

  /** @returns the snapshots' ids, in the order of the VMs */
  async createAll(vms: readonly string[]): Promise<string[]> {
    const tasks = await Promise.all(vms.map((vm) => this.startCreate(vm, "bare")));
    return this.ends(tasks);
  }

  async deleteAll(snapshots: readonly string[]): Promise<void> {
    await this.ends(await Promise.all(snapshots.map((snapshot) => this.startDelete(snapshot))));
  }

  private async ends(tasks: readonly string[]): Promise<string[]> {
    const results = new Map<string, string>();
    const pause = Math.max(POLL_MS, this.taskMs);
    for (let wait = pause; results.size < tasks.length; wait = POLL_MS) {
      await new Promise((next) => setTimeout(next, wait));
      const body = await this.properties(
        "Task",
        tasks.filter((task) => !results.has(task)),
        "info",
      );
      for (const object of body.split("<objects>").slice(1)) {
        const task = /<obj [^>]*>([^<]+)</.exec(object)?.[1] ?? "";
        if (object.includes("<state>error</state>")) throw new Error(`a task failed: ${object}`);
        if (object.includes("<state>success</state>"))
          results.set(task, /<result [^>]*>([^<]+)</.exec(object)?.[1] ?? "");
      }
    }
    return tasks.map((task) => results.get(task) ?? "");
  }
}
