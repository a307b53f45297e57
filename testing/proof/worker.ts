import { ConnectionPool } from "../../provider/connections";
import { type Context, ProcessMemory } from "../../provider/resources";
import { boundaries, boundary, watchSockets } from "./boundaries";
import { type Program, up } from "./run";
import { Store } from "./store";

/** What a worker is told: one run of a program, and at which boundary it dies. */
export interface Order {
  program: Program;
  owner: string;
  stateFile: string;
  killAt: number;
}

export interface Report {
  boundaries: readonly string[];
  error?: string;
}

/** One process that runs one program once, as an engine with its provider would, and dies where it is told to. */
async function work({ program, owner, stateFile, killAt }: Order): Promise<Report> {
  const pool = new ConnectionPool(() => ({ environment: process.env }));
  const context: Context = {
    hypervisor: (name) => pool.get(name),
    signal: new AbortController().signal,
    report: () => {},
    memory: new ProcessMemory(),
    owner,
  };
  watchSockets(killAt);
  const store = new Store(stateFile, (what) => boundary(killAt, what));
  try {
    await up(program, store, context);
    return { boundaries: boundaries() };
  } catch (error) {
    return { boundaries: boundaries(), error: error instanceof Error ? error.message : String(error) };
  } finally {
    await pool.close();
  }
}

process.once("message", (order: Order) => {
  work(order).then((report) => {
    process.send?.(report, () => process.disconnect());
  });
});
