import { status } from "@grpc/grpc-js";
import { AdapterSession, type Connections, type EngineLink } from "../pulumi";
import { refused } from "./failures";

/** How a plugin opens the connections that its configuration lists, given as a JSON text. */
export type Connect = (connections: string | undefined) => Connections;

/** What the calls to one plugin share: the engine behind it and, once it is configured, the session. */
export class PluginState {
  private current: AdapterSession | undefined;

  constructor(
    readonly engine: EngineLink,
    readonly connect: Connect,
  ) {}

  get session(): AdapterSession {
    if (this.current) return this.current;
    throw refused(status.FAILED_PRECONDITION, "snapstate is not configured: the engine has not called Configure");
  }

  /** Begins anew. A plugin that an engine attaches to is configured once for each of its runs. */
  configure(connections: string | undefined): void {
    void this.current?.end();
    this.current = new AdapterSession(this.connect(connections), (urn, progress) => this.engine.log(urn, progress));
  }

  cancel(): void {
    this.current?.cancel();
  }

  async end(): Promise<void> {
    await this.current?.end();
    this.engine.close();
  }
}
