import { getSnapshots, ProcessMemory } from "../../provider/resources";
import { ConnectionPool } from "../../provider/runtime";
import type { QuickstartEngine } from "./engines";
import { drawTree } from "./tree";

/** Thrown when a claim of the quickstart is false on the platform. */
export class ClaimError extends Error {}

export const say = (text: string) => void process.stdout.write(`${text}\n`);
export const title = (text: string) => say(`\n--- ${text}`);

export function claim(holds: boolean, what: string): void {
  if (!holds) throw new ClaimError(`This does not hold: ${what}`);
  say(`   checked on the platform: ${what}`);
}

/** Runs an engine command, and ends the quickstart if it fails. */
export async function run(engine: QuickstartEngine, command: Parameters<QuickstartEngine["run"]>[0]): Promise<void> {
  if (!(await engine.run(command))) throw new ClaimError(`\`${command}\` failed`);
}

/** Prints the snapshot tree of each target, as the provider reads it. */
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

/** The platform of a demonstration, which is stopped with the quickstart. */
export interface Show {
  /** One-line description. */
  readonly driver: string;
  /** What it has shown, for the summary: a list of noun phrases. */
  readonly seen: string;
  /** The Pulumi project to run. @default the root's */
  readonly programDirectory?: string;
  play(engine: QuickstartEngine): Promise<void>;
  stop(): Promise<void>;
}
