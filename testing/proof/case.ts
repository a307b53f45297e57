import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ProcessMemory, type ResourceType } from "../../provider/resources";
import { ConnectionPool } from "../../provider/runtime";
import type { RunningPlatform, Target } from "../platforms/harness";
import type { Adapter as AdapterName } from "../support/adapter";
import { type Adapter, lifecycleAdapter } from "./adapters/adapter";
import { providerAdapter } from "./adapters/provider-adapter";
import type { Given, Operation } from "./operations";
import { type Order, ownerOf, type Report } from "./order";
import { runProcess } from "./processes";
import { up } from "./run";
import { Store } from "./store";

/** One case: its own target, with a foreign snapshot on it, and a state. */
export class Case {
  private readonly folder = mkdtempSync(join(tmpdir(), "snapstate-proof-"));
  private readonly stateFile = join(this.folder, "state.json");
  readonly store = new Store(this.stateFile);

  private constructor(
    readonly given: Given,
    private readonly operation: Operation,
    private readonly adapter?: AdapterName,
  ) {}

  /** @param timeout timeout of every operation. @default "20s" */
  static async open(
    platform: RunningPlatform,
    operation: Operation,
    { timeout = "20s", adapter }: { timeout?: string; adapter?: AdapterName } = {},
  ): Promise<Case> {
    const target = await platform.newTarget();
    const own = new Case(
      { platform, target, foreign: await foreignOn(platform, target, operation), timeout },
      operation,
      adapter,
    );
    try {
      for (const program of operation.before(own.given)) await own.whole(program);
      if (operation.elsewhere)
        await own.whole(operation.elsewhere(own.given), new Store(join(own.folder, "other.json")));
      if (operation.merges) await platform.disks?.leave(target);
      return own;
    } catch (error) {
      await own.close();
      throw error;
    }
  }

  /** Runs the operation's program in its own process, until it dies at a kill point, or, with 0, to its end. */
  run(killAt = 0, victim?: Order["victim"]): Promise<Report | "killed"> {
    const { platform, target } = this.given;
    const { adapter, stateFile } = this;
    const program = this.operation.program(this.given);
    const journal = join(this.folder, "journal");
    writeFileSync(journal, "");
    const over = adapter === undefined ? {} : { adapter, journal };
    const order = { program, target: target.name, stateFile, killAt, victim, ...over };
    return runProcess(order, environmentOf(platform));
  }

  /** Runs a program to its end, in this process or over an adapter, without the memory of earlier runs. */
  async whole(program = this.operation.program(this.given), store = this.store): Promise<void> {
    const adapter = await this.open(program.type);
    try {
      await up(program, store, adapter);
    } finally {
      await adapter.close();
    }
  }

  private async open(type: ResourceType): Promise<Adapter> {
    const { platform, target } = this.given;
    const environment = environmentOf(platform);
    if (this.adapter !== undefined) {
      return providerAdapter(this.adapter, type, target.name, { ...process.env, ...environment });
    }
    const pool = new ConnectionPool(() => ({ environment }));
    const own = lifecycleAdapter(type, {
      driver: (name) => pool.get(name),
      signal: new AbortController().signal,
      report: () => {},
      memory: new ProcessMemory(),
      identity: ownerOf(type, target.name),
    });
    return { ...own, close: () => pool.close() };
  }

  /**
   * Checks what must be true after a plain re-run, on the platform itself.
   *
   * @param started whether a merge of disks began before the platform died. @default true
   */
  async prove(started = true): Promise<void> {
    const { platform, target, foreign } = this.given;
    await platform.idle(target);
    const snapshots = await platform.snapshots(target);
    const found = snapshots.some(({ id }) => id === foreign);
    const kept = foreign !== undefined && !(platform.single && this.operation.reverts);
    if (kept) assert.ok(found, "somebody else's snapshot is gone");
    const managed = snapshots.filter(({ text }) => /\[snapstate:[a-z2-7]{26}\]/.test(text));
    const [least, most] = this.operation.managed;
    assert.ok(
      managed.length >= least && managed.length <= most,
      `${managed.length} of ours: ${JSON.stringify(snapshots)}`,
    );
    assert.equal(snapshots.length, managed.length + (kept ? 1 : 0), `orphans: ${JSON.stringify(snapshots)}`);
    assert.deepEqual(await platform.leftovers(target), []);
    if (this.operation.merges) assert.deepEqual(await platform.disks?.left(target, started), []);
    const { resource, replaced } = this.store.load();
    assert.equal(replaced, undefined);
    assert.equal(resource?.initErrors, undefined);
    if (this.operation.program(this.given).inputs === undefined) assert.equal(resource, undefined);
    else assert.ok(resource, "the state knows of nothing");
    const { state = {} } = this.operation;
    for (const [key, value] of Object.entries(typeof state === "function" ? state(this.given) : state)) {
      assert.deepEqual(resource?.outputs[key], value, key);
    }
    const { idIn = ({ platformId }) => platformId } = this.operation;
    if (least === 1) assert.equal(idIn(resource?.outputs ?? {}), managed[0]?.id);
    const writes: string[] = [];
    await this.whole(undefined, new Store(this.stateFile, (what) => writes.push(what)));
    assert.deepEqual(writes, [], "a further run changed something");
  }

  async close(): Promise<void> {
    rmSync(this.folder, { recursive: true, force: true });
    await this.given.platform.release?.(this.given.target);
  }
}

/**
 * Whether there is a foreign snapshot. With a limit of one it would prevent ours, so there it exists only as the target
 * of a revert; and there is none if the VM must not have snapshots.
 */
async function foreignOn(
  platform: RunningPlatform,
  target: Target,
  { reverts, merges, alone }: Operation,
): Promise<string | undefined> {
  const none = alone || (platform.single && !reverts) || (merges && platform.disks?.remedy);
  return none ? undefined : platform.takeForeign(target);
}

function environmentOf({ connection }: RunningPlatform): Record<string, string> {
  return { SNAPSTATE_CONNECTIONS: JSON.stringify({ default: connection }) };
}
