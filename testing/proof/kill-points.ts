import { appendFileSync, readFileSync } from "node:fs";
import { Socket } from "node:net";

/** The kill point of a run, and the process that dies. */
export interface Watch {
  /** Number of the kill point, from 1; 0 only counts. */
  killAt: number;
  /** The file that records kill points when several processes count together. */
  journal?: string;
  /** Process id. @default this process */
  victim?: number;
}

const passed: string[] = [];

/** Number of kill points reached by this process, or by all that share the journal. */
export function killPoints({ journal }: Watch): readonly string[] {
  return journal === undefined ? passed : readFileSync(journal, "utf8").split("\n").slice(0, -1);
}

/**
 * A kill point: a process may die here, and the next run must recover. SIGKILL cannot be caught, so whatever the kernel
 * does not have by then is lost.
 */
export function boundary(watch: Watch, what: string): void {
  if (watch.journal === undefined) passed.push(what);
  else appendFileSync(watch.journal, `${what}\n`);
  if (killPoints(watch).length === watch.killAt) process.kill(watch.victim ?? process.pid, "SIGKILL");
}

/**
 * Turns all traffic of this process with a platform into kill points: before a request is written, after the kernel has
 * it, and when a reply arrives, before it is processed.
 *
 * @param isPlatform recognises a platform by the socket's address. @default all
 */
export function watchSockets(
  pass: (what: string) => void,
  isPlatform?: (to: { port?: unknown; path?: unknown }) => boolean,
): void {
  const write = Socket.prototype.write as (...args: unknown[]) => boolean;
  const connect = Socket.prototype.connect as (...args: unknown[]) => Socket;
  const chosen = new WeakSet<Socket>();
  const watched = new WeakSet<Socket>();
  if (isPlatform) {
    Socket.prototype.connect = function (this: Socket, ...args: unknown[]): Socket {
      // Node passes its arguments as a list.
      const [to] = Array.isArray(args[0]) ? args[0] : args;
      if (typeof to === "object" && to !== null && isPlatform(to)) chosen.add(this);
      return connect.apply(this, args);
    } as typeof Socket.prototype.connect;
  }
  Socket.prototype.write = function (this: Socket, ...args: unknown[]): boolean {
    // Standard output may be a socket too.
    const other = isPlatform ? !chosen.has(this) : [process.stdout, process.stderr].includes(this as never);
    if (other) return write.apply(this, args);
    const command = qmpCommand(args[0]);
    pass(`before a request${command}`);
    if (!watched.has(this)) {
      watched.add(this);
      this.prependListener("data", () => pass("at a reply"));
    }
    const done = args.findIndex((arg) => typeof arg === "function");
    const sent = () => pass(`after a request${command}`);
    if (done < 0) return write.apply(this, [...args, sent]);
    const callback = args[done] as (...rest: unknown[]) => void;
    args[done] = (...rest: unknown[]) => {
      sent();
      callback(...rest);
    };
    return write.apply(this, args);
  } as typeof Socket.prototype.write;
}

/** Shows how far a run got: the number of requests depends on the speed of both sides. */
function qmpCommand(request: unknown): string {
  const [, command] = /^\{"execute":"([\w-]+)"/.exec(String(request)) ?? [];
  return command === undefined ? "" : `: ${command}`;
}
