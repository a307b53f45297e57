import { randomInt } from "node:crypto";
import { connect } from "node:net";
import { z } from "zod";
import { SnapstateError } from "../../../core/errors";

/** Maximum bytes of a reply's line; expected replies have about ten. */
const MAX_LINE = 64 * 1024;

const message = z.object({ return: z.unknown(), error: z.object({ desc: z.string().optional() }).optional() });

/**
 * The guest agent behind a virtio-serial socket. Its absence causes no error, so every command has its own deadline.
 * https://www.qemu.org/docs/master/interop/qemu-ga-ref.html
 */
export class GuestAgent {
  constructor(
    private readonly path: string,
    private readonly operation: string,
  ) {}

  /**
   * Sends several commands in one session.
   *
   * @param limit milliseconds for all of them
   */
  async ask(limit: number, ...commands: string[]): Promise<unknown[]> {
    const sync = randomInt(2 ** 31);
    const socket = connect(this.path);
    socket.setEncoding("utf8");
    try {
      return await new Promise<unknown[]>((resolve, reject) => {
        const fail = (detail: string) => reject(this.failure(detail));
        const timer = setTimeout(() => fail(`the guest agent did not answer in ${limit / 1000} seconds`), limit);
        const answers: unknown[] = [];
        let synced = false;
        let buffer = "";
        const send = (execute: string, args?: object) =>
          socket.write(`${JSON.stringify(args === undefined ? { execute } : { execute, arguments: args })}\n`);
        socket.once("connect", () => send("guest-sync", { id: sync }));
        socket.once("error", (error) => fail(error.message));
        socket.once("close", () => {
          clearTimeout(timer);
          fail("the guest agent's socket closed");
        });
        socket.on("data", (text: string) => {
          buffer += text;
          // The guest is untrusted: any input must be handled.
          if (buffer.length > MAX_LINE) return fail("the guest agent sent an endless line");
          const lines = buffer.split("\n");
          buffer = lines.pop() ?? "";
          for (const line of lines) {
            const message = parsed(line);
            // Late replies to an earlier client come first.
            if (!synced) {
              synced = message?.return === sync;
              if (synced && commands[0] !== undefined) send(commands[0]);
              continue;
            }
            if (message?.error) return fail(message.error.desc ?? "the guest agent refused");
            if (message === undefined) return fail("the guest agent's reply is not valid");
            answers.push(message.return);
            const next = commands[answers.length];
            if (next !== undefined) send(next);
            else {
              clearTimeout(timer);
              resolve(answers);
            }
          }
        });
      });
    } finally {
      socket.destroy();
    }
  }

  private failure(detail: string): SnapstateError {
    return new SnapstateError({
      kind: "unreachable",
      operation: this.operation,
      detail,
      hint: "Install and start qemu-guest-agent in the guest, and give QEMU its virtio-serial socket beside the QMP socket",
    });
  }
}

function parsed(line: string): z.infer<typeof message> | undefined {
  try {
    // The agent precedes the reply to a sync with a byte that is not JSON.
    return message.safeParse(JSON.parse(line.replace(/^\u00ff+/, ""))).data;
  } catch {
    return undefined;
  }
}
