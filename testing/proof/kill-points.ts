import { appendFileSync, readFileSync } from "node:fs";
import { Socket } from "node:net";

/** Where a run dies, and who. */
export interface Watch {
  /** The boundary of this number, counted from 1; 0 counts only. */
  killAt: number;
  /** The file in which boundaries are noted, where several processes count together. */
  journal?: string;
  /** A process id. @default this process */
  victim?: number;
}

const passed: string[] = [];

/** The boundaries that were come to, by this process or by all that share the journal. */
export function killPoints({ journal }: Watch): readonly string[] {
  return journal === undefined ? passed : readFileSync(journal, "utf8").split("\n").slice(0, -1);
}

/**
 * A moment at which a process may die and the world must still come right. SIGKILL cannot be caught, and what is not in the
 * kernel by then is lost, as in a power cut of this process.
 */
export function boundary(watch: Watch, what: string): void {
  if (watch.journal === undefined) passed.push(what);
  else appendFileSync(watch.journal, `${what}\n`);
  if (killPoints(watch).length === watch.killAt) process.kill(watch.victim ?? process.pid, "SIGKILL");
}

/**
 * Makes boundaries of everything that this process sends to a platform and hears from it: before a request is written, when it
 * has gone to the kernel, when a reply arrives and nobody has looked at it yet.
 *
 * @param isPlatform by what a socket is connected to. @default all
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
      // Node itself passes its arguments on as a list.
      const [to] = Array.isArray(args[0]) ? args[0] : args;
      if (typeof to === "object" && to !== null && isPlatform(to)) chosen.add(this);
      return connect.apply(this, args);
    } as typeof Socket.prototype.connect;
  }
  Socket.prototype.write = function (this: Socket, ...args: unknown[]): boolean {
    // Standard output may be a socket as well.
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

/** So that it can be seen how far a run had come: how many requests that takes depends on the speed of both sides. */
function qmpCommand(request: unknown): string {
  const [, command] = /^\{"execute":"([\w-]+)"/.exec(String(request)) ?? [];
  return command === undefined ? "" : `: ${command}`;
}
