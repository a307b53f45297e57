import { rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { basename, join } from "node:path";
import type { Vm } from "./vm";

/** A QMP socket in front of a VM's own that can lose replies and counts commands. */
export class QmpProxy {
  /** Forwarded commands, in order. */
  readonly commands: string[] = [];
  private lost: string | undefined;
  private first: { command: string; action: () => Promise<void> } | undefined;

  private constructor(
    private readonly server: Server,
    readonly socket: string,
  ) {}

  /** @param directory folder of the proxy's socket, which has the name of the VM's own */
  static async listen(directory: string, vm: Vm): Promise<QmpProxy> {
    const path = join(directory, basename(vm.socket));
    rmSync(path, { force: true });
    const server = createServer((client) => proxy.serve(client, vm.socket));
    const proxy = new QmpProxy(server, path);
    await new Promise<void>((resolve) => server.listen(path, resolve));
    server.unref();
    return proxy;
  }

  /** The next such command reaches QEMU, and the client's connection is closed instead of a reply. */
  loseReplyTo(command: string): void {
    this.lost = command;
  }

  /** Runs a function before the next such command is forwarded. */
  before(command: string, action: () => Promise<void>): void {
    this.first = { command, action };
  }

  close(): void {
    this.server.close();
  }

  private serve(client: Socket, target: string): void {
    const qemu = connect(target);
    const end = () => {
      client.destroy();
      qemu.destroy();
    };
    let silent = false;
    for (const socket of [client, qemu]) socket.on("error", end).on("close", () => setTimeout(end, 5));
    qemu.on("data", (data) => {
      if (silent) return end();
      client.write(data);
    });
    let passing = Promise.resolve();
    client.on("data", (data) => {
      passing = passing.then(async () => {
        for (const [, command = ""] of String(data).matchAll(/"execute":\s*"([\w-]+)"/g)) {
          this.commands.push(command);
          if (command === this.first?.command) {
            const { action } = this.first;
            this.first = undefined;
            await action();
          }
          if (command !== this.lost) continue;
          this.lost = undefined;
          silent = true;
        }
        qemu.write(data);
      });
    });
  }
}
