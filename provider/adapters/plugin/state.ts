import { status } from "@grpc/grpc-js";
import { connectionNames } from "../../runtime";
import { type Connections, type EngineLink, PulumiSession } from "../pulumi";
import { refused } from "./failures";

/** Opens the connections that the configuration lists, given as JSON text. */
export type Connect = (connections: string | undefined) => Connections;

/** State shared by the calls to one plugin: the engine behind it and, once configured, the session. */
export class PluginState {
  private current: PulumiSession | undefined;

  constructor(
    readonly engine: EngineLink,
    readonly connect: Connect,
  ) {}

  get session(): PulumiSession {
    if (this.current) return this.current;
    throw refused(status.FAILED_PRECONDITION, "snapstate is not configured: the engine has not called Configure");
  }

  /** Resets the state: an engine that attaches to a running plugin configures it in each run. */
  configure(connections: string | undefined): void {
    void this.current?.end();
    this.current = new PulumiSession(this.connect(connections), (urn, progress) => this.engine.log(urn, progress));
    this.current.signIn(connectionNames({ config: connections, environment: process.env }));
  }

  cancel(): void {
    this.current?.cancel();
  }

  async end(): Promise<void> {
    await this.current?.end();
    this.engine.close();
  }
}
