import { Mutex } from "async-mutex";
import type { ZodType } from "zod";
import { SnapstateError } from "../../../core/errors";
import type { OperationContext } from "../../../core/operation";
import { QmpSession } from "./qmp";
import { parseReply } from "./replies";

/** A QMP session with validated replies. */
export class Monitor {
  constructor(
    private readonly session: QmpSession,
    private readonly call: OperationContext,
  ) {}

  async ask<T>(schema: ZodType<T>, command: string, args: object = {}): Promise<T> {
    const reply = parseReply(schema, await this.session.execute(command, args, this.call));
    if (reply !== undefined) return reply;
    throw new SnapstateError({
      kind: "protocol",
      operation: this.call.operation,
      detail: `QEMU's reply to ${command} is not valid`,
      hint: "snapstate needs QEMU 6.0 or newer",
    });
  }

  async run(command: string, args: object = {}): Promise<void> {
    await this.session.execute(command, args, this.call);
  }
}

/**
 * Sessions with the monitors of this machine: one at a time per socket, closed after use, since QEMU serves one client.
 */
export class Monitors {
  private readonly locks = new Map<string, Mutex>();

  /** @param wait milliseconds to wait while another process uses the socket */
  constructor(private readonly wait: number) {}

  /** @param wait milliseconds to wait for this session's greeting. @default the connection's setting */
  async with<T>(
    socket: string,
    call: OperationContext,
    work: (monitor: Monitor) => Promise<T>,
    wait = this.wait,
  ): Promise<T> {
    const lock = this.locks.get(socket) ?? new Mutex();
    this.locks.set(socket, lock);
    return lock.runExclusive(async () => {
      const session = await QmpSession.open(socket, Math.min(wait, this.wait), call);
      try {
        return await work(new Monitor(session, call));
      } finally {
        session.close();
      }
    });
  }
}
