import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { redact } from "../../core/errors";
import type { Progress } from "../../core/operation";

/**
 * Shortest time between two transient messages, in milliseconds; others are dropped, since the engine redraws a row
 * for each.
 */
const EPHEMERAL_PAUSE = 400;

/**
 * How often to check that the engine is alive, in milliseconds, and how many failures in a row mean that it is dead.
 */
const WATCH = { pause: 2000, failures: 2 };

/** The connection to the engine that started this process: its log service, and whether it is still alive. */
export class EngineLink {
  private client: EngineClient | undefined;
  private lastEphemeral = 0;
  private watch: NodeJS.Timeout | undefined;

  /** @param address `host:port`; without one, messages are dropped until {@link attach} */
  constructor(private address?: string) {}

  attach(address: string): void {
    if (address === "" || address === this.address) return;
    this.client?.close();
    this.client = undefined;
    this.address = address;
  }

  /**
   * Shows a line on a resource's own row. `pulumi.log` in a dynamic provider prints on the stack's row
   * (https://github.com/pulumi/pulumi/issues/18249), while the engine's own log service takes a URN.
   */
  log(urn: string | undefined, { message, percent, severity = "info" }: Progress): void {
    const ephemeral = severity === "info";
    if (ephemeral && Date.now() - this.lastEphemeral < EPHEMERAL_PAUSE) return;
    if (ephemeral) this.lastEphemeral = Date.now();
    const client = this.open();
    if (client === undefined) return;
    const request = new LogRequest();
    request.setSeverity(ephemeral ? LogSeverity.INFO : LogSeverity.WARNING);
    request.setMessage(redact(percent === undefined ? message : `${message} ${Math.round(percent)}%`));
    request.setUrn(urn ?? "");
    request.setEphemeral(ephemeral);
    // A message that cannot be shown must not fail its call.
    client.log(request, () => {});
  }

  /** Calls back once when nothing listens at the engine's address any more. A killed engine cannot end its plugins. */
  onDeath(died: () => void): void {
    let failures = 0;
    clearInterval(this.watch);
    this.watch = setInterval(() => {
      const client = this.open();
      if (client === undefined) return;
      client.waitForReady(Date.now() + WATCH.pause, (error) => {
        failures = error ? failures + 1 : 0;
        if (failures < WATCH.failures) return;
        clearInterval(this.watch);
        died();
      });
    }, WATCH.pause).unref();
  }

  close(): void {
    clearInterval(this.watch);
    this.client?.close();
    this.client = undefined;
  }

  private open(): EngineClient | undefined {
    if (this.address === undefined) return undefined;
    this.client ??= new EngineClient(this.address, credentials.createInsecure());
    return this.client;
  }
}

/** The engine's address in a process's arguments: the last one, when it looks like an address. */
export function engineAddress(args: readonly string[]): string | undefined {
  const last = args.at(-1);
  return last !== undefined && /^(\[[0-9a-f:]+\]|[\w.-]+):\d+$/i.test(last) ? last : undefined;
}
