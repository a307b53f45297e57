import { ConnectionPool } from "../connections";
import { type Context, ProcessMemory } from "../resources";

let configuration: string | undefined;

/** One pool and one memory for every resource of this process, whichever closure they came through. */
export const pool = new ConnectionPool(() => ({ config: configuration, environment: process.env }));
export const memory = new ProcessMemory();

const stopping = new AbortController();
/** Aborted when the process is asked to end. */
export const stopped: Context["signal"] = stopping.signal;

let watching = false;

export function setConfiguration(connections: string | undefined): void {
  configuration = connections;
  if (watching) return;
  watching = true;
  // The engine ends this process with SIGINT after every run. A vCenter session that is not logged out stays for half
  // an hour, and hosts limit how many there may be.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, end);
}

function end(): void {
  stopping.abort();
  const exit = () => process.exit(0);
  // The engine waits 5 seconds before it kills.
  setTimeout(exit, 3000).unref();
  void pool.close().then(exit, exit);
}
