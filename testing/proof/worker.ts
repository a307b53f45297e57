import { join } from "node:path";
import { ConnectionPool } from "../../provider/connections";
import { ProcessMemory } from "../../provider/resources";
import { boundaries, boundary, type Watch, watchSockets } from "./boundaries";
import { type Face, lifecycleFace } from "./faces/face";
import { providerFace } from "./faces/provider-face";
import { type Order, ownerOf, type Report } from "./order";
import { up } from "./run";
import { Store } from "./store";

/** One process that runs one program once, as an engine would, alone or with a provider, and dies where it is told to. */
async function work(order: Order): Promise<Report> {
  const { program, stateFile, killAt, journal, victim } = order;
  const watch: Watch = { killAt, journal, ...(typeof victim === "number" ? { victim } : {}) };
  const face = await faceOf(order, watch);
  const counts = victim !== "provider";
  const store = new Store(stateFile, (what) => counts && boundary(watch, what));
  try {
    await up(program, store, face);
    return { boundaries: boundaries(watch) };
  } catch (error) {
    return { boundaries: boundaries(watch), error: error instanceof Error ? error.message : String(error) };
  } finally {
    await face.close();
  }
}

async function faceOf({ program, target, face, victim, journal, killAt }: Order, watch: Watch): Promise<Face> {
  if (face !== undefined) {
    const hook = {
      NODE_OPTIONS: `--require ${JSON.stringify(join(__dirname, "faces", "hook.js"))}`,
      SNAPSTATE_PROOF_JOURNAL: journal,
      SNAPSTATE_PROOF_KILL_AT: String(killAt),
      SNAPSTATE_PROOF_VICTIM: String(victim),
    };
    return providerFace(face, program.type, target, { ...process.env, ...hook });
  }
  const pool = new ConnectionPool(() => ({ environment: process.env }));
  watchSockets((what) => boundary(watch, what));
  const own = lifecycleFace(program.type, {
    hypervisor: (name) => pool.get(name),
    signal: new AbortController().signal,
    report: () => {},
    memory: new ProcessMemory(),
    owner: ownerOf(program.type, target),
  });
  return { ...own, close: () => pool.close() };
}

process.once("message", (order: Order) => {
  work(order).then((report) => {
    process.send?.(report, () => process.disconnect());
  });
});
