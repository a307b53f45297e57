import { getSnapshots, ProcessMemory } from "../../provider/resources";
import { ConnectionPool } from "../../provider/runtime";
import type { QuickstartEngine } from "./engines";
import { drawTree } from "./tree";

/** A claim of the quickstart's that does not hold on the platform. */
export class ClaimError extends Error {}

export const say = (text: string) => void process.stdout.write(`${text}\n`);
export const title = (text: string) => say(`\n--- ${text}`);

export function claim(holds: boolean, what: string): void {
  if (!holds) throw new ClaimError(`This does not hold: ${what}`);
  say(`   checked on the platform: ${what}`);
}

/** Runs a command of the engine, and ends the quickstart when it fails. */
export async function run(engine: QuickstartEngine, command: Parameters<QuickstartEngine["run"]>[0]): Promise<void> {
  if (!(await engine.run(command))) throw new ClaimError(`\`${command}\` failed`);
}

/** Draws the tree of each target's snapshots, as the provider reads it. */
export async function drawTrees(connections: string, targets: string[]): Promise<void> {
  const pool = new ConnectionPool(() => ({ config: connections, environment: {} }));
  try {
    const context = {
      driver: (name: string) => pool.get(name),
      signal: new AbortController().signal,
      report: () => {},
      memory: new ProcessMemory(),
    };
    for (const target of targets) say(drawTree(await getSnapshots({ connection: "default", target }, context)));
  } finally {
    await pool.close();
  }
}

/** A machine to show snapshots on, which ends with the quickstart. */
export interface Show {
  /** One line on what it is. */
  readonly driver: string;
  /** What it has shown, for the last lines: a list without a verb. */
  readonly seen: string;
  /** The Pulumi project that is run. @default the root's */
  readonly programDirectory?: string;
  play(engine: QuickstartEngine): Promise<void>;
  stop(): Promise<void>;
}
