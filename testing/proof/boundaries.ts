import { Socket } from "node:net";

/** Dies at the boundary of this number, counted from 1; 0 counts only. */
export type KillAt = number;

const passed: string[] = [];

/** The boundaries that this process has come to. */
export function boundaries(): readonly string[] {
  return passed;
}

/**
 * A moment at which a process may die and the world must still come right. SIGKILL cannot be caught, and what is not in the
 * kernel by then is lost, as in a power cut of this process.
 */
export function boundary(killAt: KillAt, what: string): void {
  passed.push(what);
  if (passed.length === killAt) process.kill(process.pid, "SIGKILL");
}

/**
 * Makes boundaries of everything that this process sends to a platform and hears from it: before a request is written, when it
 * has gone to the kernel, when a reply arrives and nobody has looked at it yet.
 */
export function watchSockets(killAt: KillAt): void {
  const write = Socket.prototype.write as (...args: unknown[]) => boolean;
  const watched = new WeakSet<Socket>();
  Socket.prototype.write = function (this: Socket, ...args: unknown[]): boolean {
    // Standard output may be a socket as well.
    if ([process.stdout, process.stderr].includes(this as never)) return write.apply(this, args);
    boundary(killAt, "before a request");
    if (!watched.has(this)) {
      watched.add(this);
      this.prependListener("data", () => boundary(killAt, "at a reply"));
    }
    const done = args.findIndex((arg) => typeof arg === "function");
    const sent = () => boundary(killAt, "after a request");
    if (done < 0) return write.apply(this, [...args, sent]);
    const callback = args[done] as (...rest: unknown[]) => void;
    args[done] = (...rest: unknown[]) => {
      sent();
      callback(...rest);
    };
    return write.apply(this, args);
  } as typeof Socket.prototype.write;
}
