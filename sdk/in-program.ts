import { Config } from "@pulumi/pulumi";
import { pulumiRemedies } from "../provider/adapters/pulumi/pulumi-words";
import { wordRemedies } from "../provider/core/errors";
import { type Context, cancelSource, ProcessMemory } from "../provider/resources";
import { ConnectionPool } from "../provider/runtime";

/** The stack's connections, read while the program runs: a hook may run without a stack. */
export function configuredConnections(): string | undefined {
  return new Config("snapstate").get("connections");
}

wordRemedies(pulumiRemedies);

const memory = new ProcessMemory();
let shared: { pool: ConnectionPool; config: string | undefined; users: number } | undefined;

/**
 * Access to platforms from the program's own process, for functions and hooks. Concurrent users share connections, and
 * the last one closes them, so that no session remains open.
 */
export async function inProgram<T>(
  config: string | undefined,
  work: (context: Context) => Promise<T>,
  report: Context["report"] = () => {},
): Promise<T> {
  if (shared?.config !== config) shared = undefined;
  shared ??= { pool: new ConnectionPool(() => ({ config, environment: process.env })), config, users: 0 };
  const mine = shared;
  mine.users++;
  const { signal } = cancelSource();
  const context: Context = {
    driver: (name) => mine.pool.get(name),
    signal,
    report,
    memory,
  };
  try {
    return await work(context);
  } finally {
    if (--mine.users === 0) {
      if (shared === mine) shared = undefined;
      await mine.pool.close();
    }
  }
}
