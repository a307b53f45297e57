import { connect, type Socket } from "node:net";
import { z } from "zod";
import { IN_FLIGHT, isSnapstateError, SnapstateError } from "../../../core/errors";
import { backoff, type OperationContext, onAbort, pause, throwIfAborted, traced } from "../../../core/operation";

/** QEMU's refusal of a command. */
export class QmpError extends Error {
  override readonly name = "QmpError";
  constructor(
    /** `GenericError`, `CommandNotFound`, `DeviceNotFound`. */
    readonly qmpClass: string,
    readonly desc: string,
  ) {
    super(desc);
  }
}

const line = z.union([
  z.object({ QMP: z.object({ version: z.unknown() }) }),
  z.object({ return: z.unknown(), id: z.number().optional() }),
  z.object({ error: z.object({ class: z.string(), desc: z.string() }), id: z.number().optional() }),
  z.object({ event: z.string() }),
]);

interface Sent {
  command: string;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** Maximum bytes of a reply's line; the longest real one, a list of block devices, has about 100 KB. */
const MAX_LINE = 16 * 1024 * 1024;

/**
 * A QMP session: JSON lines over a unix socket. QEMU serves one client at a time; a second one gets its greeting when
 * the first disconnects. https://www.qemu.org/docs/master/interop/qmp-spec.html
 */
export class QmpSession {
  private readonly sent = new Map<number, Sent>();
  private greeted: { resolve(): void; reject(error: unknown): void } | undefined;
  private buffer = "";
  private last = 0;
  private ended: SnapstateError | undefined;

  private constructor(
    private readonly socket: Socket,
    private readonly path: string,
  ) {
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => this.take(text));
    socket.on("error", () => {});
    socket.on("close", () => this.end("lost-reply", "QEMU closed its socket"));
  }

  /**
   * @param wait milliseconds to wait for the greeting, which comes when no other client is served
   * @throws SnapstateError `unreachable` when nothing listens, `busy` when another client is being served
   */
  static async open(path: string, wait: number, call: OperationContext): Promise<QmpSession> {
    const session = new QmpSession(await connected(path, call), path);
    try {
      await session.greeting(wait, call);
      await session.execute("qmp_capabilities", {}, call);
      return session;
    } catch (error) {
      session.close();
      throw error;
    }
  }

  /**
   * @throws QmpError for QEMU's refusal; SnapstateError `lost-reply` when the socket closes first, `cancelled` with the code
   * `in-flight`, or `timeout`
   */
  async execute(command: string, args: object, call: OperationContext): Promise<unknown> {
    if (this.ended) throw this.ended;
    const id = ++this.last;
    const send = () =>
      this.raceAbort(call, true, (resolve, reject) => {
        this.sent.set(id, { command, resolve, reject });
        this.socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
      }).finally(() => this.sent.delete(id));
    return traced({ where: this.path, operation: command, purpose: call.operation }, send);
  }

  close(): void {
    this.socket.destroy();
  }

  private greeting(wait: number, call: OperationContext): Promise<unknown> {
    return this.raceAbort(call, false, (resolve, reject) => {
      const timer = setTimeout(() => {
        reject(
          new SnapstateError({
            kind: "busy",
            operation: call.operation,
            detail: `no greeting from ${this.path} in ${wait / 1000} seconds: another client is using it, QEMU is saving, or it is not a QMP socket (a serial console, a guest agent)`,
            hint: "Close the other client, add a separate -qmp socket for snapstate, or move other sockets out of the folder",
          }),
        );
      }, wait);
      this.greeted = {
        resolve: () => {
          clearTimeout(timer);
          resolve(undefined);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
    });
  }

  private raceAbort(
    call: OperationContext,
    changes: boolean,
    start: (resolve: (value: unknown) => void, reject: (error: unknown) => void) => void,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const leave = onAbort(call, (error) => {
        const { kind, operation, detail, hint } = error;
        reject(
          new SnapstateError({
            kind,
            operation,
            detail,
            hint,
            ...(changes ? { code: IN_FLIGHT } : {}),
          }),
        );
      });
      start(
        (value) => {
          leave();
          resolve(value);
        },
        (error) => {
          leave();
          reject(error);
        },
      );
    });
  }

  private take(text: string): void {
    this.buffer += text;
    if (this.buffer.length > MAX_LINE) this.end("protocol", "QEMU sent an endless line");
    if (!text.includes("\n")) return;
    const lines = this.buffer.split("\n");
    this.buffer = lines.pop() ?? "";
    for (const one of lines) if (one.trim() !== "") this.understand(one);
  }

  private understand(text: string): void {
    const message = parsed(text);
    if (message === undefined) {
      this.end("protocol", "the socket does not use QMP");
      return;
    }
    if ("QMP" in message) this.greeted?.resolve();
    if (!("return" in message || "error" in message)) return;
    const sent = this.sent.get(message.id ?? -1);
    if ("error" in message) sent?.reject(new QmpError(message.error.class, message.error.desc));
    else sent?.resolve(message.return);
  }

  private end(kind: "lost-reply" | "protocol", detail: string): void {
    this.ended ??= new SnapstateError({ kind, operation: "talk to QEMU", detail: `${detail} (${this.path})` });
    this.greeted?.reject(this.ended);
    for (const { reject } of this.sent.values()) reject(this.ended);
    this.socket.destroy();
  }
}

function parsed(text: string): z.infer<typeof line> | undefined {
  try {
    return line.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * QEMU serves one client at a time with a short backlog: when it is full the kernel returns EAGAIN although the VM is
 * running.
 */
async function connected(path: string, call: OperationContext): Promise<Socket> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await connectedOnce(path, call);
    } catch (error) {
      if (!isSnapstateError(error, "unreachable") || error.code !== "EAGAIN") throw error;
      call.report({ message: "other clients are using the VM's monitor; waiting" });
      await pause(backoff(attempt, { first: 20, max: 500 }), call);
      throwIfAborted(call);
    }
  }
}

function connectedOnce(path: string, call: OperationContext): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const leave = onAbort(call, (error) => {
      socket.destroy();
      reject(error);
    });
    socket.once("connect", () => {
      leave();
      socket.removeAllListeners("error");
      resolve(socket);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      leave();
      const detail = NO_QEMU.has(error.code ?? "") ? `no QEMU listens on ${path}` : `${path}: ${error.message}`;
      const hint = error.code === "EACCES" ? "Run as the user that QEMU runs as" : "Check that the VM is running";
      reject(new SnapstateError({ kind: "unreachable", operation: call.operation, detail, code: error.code, hint }));
    });
  });
}

/** No listener: the process has exited or was never started. */
export const NO_QEMU: ReadonlySet<string> = new Set(["ENOENT", "ECONNREFUSED"]);
