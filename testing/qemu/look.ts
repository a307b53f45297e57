import { connect, type Socket } from "node:net";

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

type Message = { QMP?: object; return?: unknown; error?: { desc: string }; event?: string; id?: number };

/**
 * The test's own QMP session over a second socket, so that the driver's is not disturbed. It shares no code with the
 * driver's client, and so none of its mistakes.
 */
export class Look {
  /** Names of QEMU's events in order: STOP, RESUME, JOB_STATUS_CHANGE. */
  readonly events: string[] = [];
  private readonly waiting = new Map<number, Waiting>();
  private buffer = "";
  private last = 0;
  private greeted: (() => void) | undefined;
  private closed: Error | undefined;

  private constructor(private readonly socket: Socket) {
    socket.setEncoding("utf8").on("data", (text: string) => this.take(text));
    socket.on("error", () => {});
    socket.on("close", () => {
      this.closed = new Error("QEMU closed the test's own socket");
      for (const { reject } of this.waiting.values()) reject(this.closed);
    });
    // A VM that was not stopped must not keep a test process alive.
    socket.unref();
  }

  /** Rejects if nothing listens. */
  static async open(path: string): Promise<Look> {
    const socket = await new Promise<Socket>((resolve, reject) => {
      const opening = connect(path, () => resolve(opening));
      opening.once("error", reject);
    });
    const observation = new Look(socket);
    await new Promise<void>((resolve) => {
      observation.greeted = resolve;
      socket.ref();
    });
    await observation.execute("qmp_capabilities");
    return observation;
  }

  async execute<T = unknown>(command: string, args: object = {}): Promise<T> {
    if (this.closed) throw this.closed;
    const id = ++this.last;
    this.socket.ref();
    try {
      return await new Promise<T>((resolve, reject) => {
        this.waiting.set(id, { resolve: (value) => resolve(value as T), reject });
        this.socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
      });
    } finally {
      this.waiting.delete(id);
      if (this.waiting.size === 0) this.socket.unref();
    }
  }

  /** Runs a command of the human monitor. @returns its output */
  monitor(line: string): Promise<string> {
    return this.execute("human-monitor-command", { "command-line": line });
  }

  /** Reads little-endian 32-bit words of the guest's RAM. */
  async words(address: number, count: number): Promise<number[]> {
    const text = await this.monitor(`xp /${count}wx 0x${address.toString(16)}`);
    const words = text.match(/0x[0-9a-f]{8}\b/g)?.map(Number) ?? [];
    if (words.length !== count) throw new Error(`the monitor's answer has no ${count} words: ${text}`);
    return words;
  }

  close(): void {
    this.socket.destroy();
  }

  private take(text: string): void {
    const lines = (this.buffer + text).split("\n");
    this.buffer = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") this.understand(JSON.parse(line) as Message);
  }

  private understand(message: Message): void {
    if (message.QMP) this.greeted?.();
    if (message.event) this.events.push(message.event);
    const waiting = this.waiting.get(message.id ?? -1);
    if (message.error) waiting?.reject(new Error(message.error.desc));
    else waiting?.resolve(message.return);
  }
}
