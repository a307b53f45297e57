import { join } from "node:path";
import { ProcessMemory } from "../../provider/resources";
import { ConnectionPool } from "../../provider/runtime";
import { type Adapter, lifecycleAdapter } from "./adapters/adapter";
import { boundary, killPoints, type Watch, watchSockets } from "./kill-points";
import { type Order, ownerOf, type Report } from "./order";
import { up } from "./run";
import { Store } from "./store";

/** A process that runs one program once, as an engine does, alone or with a provider, and dies at its kill point. */
async function work(order: Order): Promise<Report> {
  const { program, stateFile, killAt, journal, victim } = order;
  const watch: Watch = { killAt, journal, ...(typeof victim === "number" ? { victim } : {}) };
  const adapter = await adapterOf(order, watch);
  const counts = victim !== "provider";
  const store = new Store(stateFile, (what) => counts && boundary(watch, what));
  try {
    await up(program, store, adapter);
    return { killPoints: killPoints(watch) };
  } catch (error) {
    return { killPoints: killPoints(watch), error: error instanceof Error ? error.message : String(error) };
  } finally {
    await adapter.close();
  }
}

async function adapterOf({ program, target, adapter, victim, journal, killAt }: Order, watch: Watch): Promise<Adapter> {
  if (adapter !== undefined) {
    const hook = {
      NODE_OPTIONS: `--require ${JSON.stringify(join(__dirname, "adapters", "hook.js"))}`,
      SNAPSTATE_PROOF_JOURNAL: journal,
      SNAPSTATE_PROOF_KILL_AT: String(killAt),
      SNAPSTATE_PROOF_VICTIM: String(victim),
    };
    // Loaded on demand: gRPC takes a quarter of a worker's start.
    const { providerAdapter } = await import("./adapters/provider-adapter");
    return providerAdapter(adapter, program.type, target, { ...process.env, ...hook });
  }
  const pool = new ConnectionPool(() => ({ environment: process.env }));
  watchSockets((what) => boundary(watch, what));
  const own = lifecycleAdapter(program.type, {
    driver: (name) => pool.get(name),
    signal: new AbortController().signal,
    report: () => {},
    memory: new ProcessMemory(),
    identity: ownerOf(program.type, target),
  });
  return { ...own, close: () => pool.close() };
}

process.once("message", (order: Order) => {
  work(order).then((report) => {
    process.send?.(report, () => process.disconnect());
  });
});
