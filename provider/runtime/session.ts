import { cancelSource, Deadline, type Progress } from "../core/operation";
import type { Driver } from "../platforms/contract";
import { type Context, ProcessMemory } from "../resources";

/** Open drivers by connection name. */
export interface Connections {
  /** @throws SnapstateError `bad-input` when the connection is not defined, or defined wrongly */
  get(name: string): Driver;
  close(): Promise<void>;
}

/**
 * Milliseconds for calls in flight to return a partial state. The engine waits 5 seconds before it kills the process.
 */
const CANCEL_GRACE_MS = 3000;
/** Milliseconds for a sign-in that no call waits for yet. */
const SIGN_IN_MS = 60_000;

/** Shared by all calls of one process: open connections, memory, and the cancel signal. */
export class AdapterSession {
  private readonly memory = new ProcessMemory();
  private readonly stopping = cancelSource();
  private readonly running = new Set<Promise<unknown>>();

  constructor(
    private readonly connections: Connections,
    private readonly log: (identity: string | undefined, progress: Progress) => void,
  ) {}

  /** @param timeout milliseconds that the engine allows */
  context(identity: string | undefined, timeout?: number): Context {
    return {
      driver: (connection) => this.connections.get(connection),
      signal: this.stopping.signal,
      report: (progress) => this.log(identity, progress),
      memory: this.memory,
      identity,
      ...(timeout ? { timeout } : {}),
    };
  }

  /**
   * Signs in to the only connection while the engine is still starting the program; of several, the run may use one. A failure
   * is left to the call that needs the connection.
   */
  signIn([connection, ...others]: readonly string[]): void {
    if (connection === undefined || others.length > 0) return;
    const call = {
      signal: this.stopping.signal,
      deadline: new Deadline(SIGN_IN_MS),
      operation: `sign in to ${connection}`,
      report: () => {},
    };
    this.track(async () => this.connections.get(connection).installation(call)).catch(() => {});
  }

  /** Runs a call so that {@link end} waits for it. */
  async track<T>(work: () => Promise<T>): Promise<T> {
    const call = work();
    const settled = call.then(
      () => {},
      () => {},
    );
    this.running.add(settled);
    try {
      return await call;
    } finally {
      this.running.delete(settled);
    }
  }

  /** Ends every wait; calls in flight return what they have. */
  cancel(): void {
    this.stopping.abort();
  }

  /**
   * Cancels, waits briefly for calls in flight, and logs out: an abandoned session stays on the server for half an
   * hour.
   */
  async end(): Promise<void> {
    this.cancel();
    const late = new Promise((resolve) => setTimeout(resolve, CANCEL_GRACE_MS).unref());
    await Promise.race([Promise.all(this.running), late]);
    await Promise.race([this.connections.close(), late]);
  }
}
