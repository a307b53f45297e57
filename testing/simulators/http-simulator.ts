import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer, Server as TlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { type Fault, FaultQueue } from "./faults";

/** A request to a simulated API. */
export interface SimulatedRequest {
  method: string;
  path: string;
  /** Path and query, unchanged, for signatures. */
  target: string;
  /** Parameters of the URL; a form in the body is left to the simulator. */
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  body: string;
}

export interface SimulatedReply {
  status: number;
  headers?: Record<string, string>;
  body: string;
}

/** A request and its result, for tests that count calls or search for secrets. */
export interface LoggedCall extends SimulatedRequest {
  /** The status of the reply, or `lost` if the connection was closed instead. */
  status: number | "lost";
}

/** Maximum size of a request in bytes. */
const MAX_REQUEST = 8 * 1024 * 1024;

/**
 * An HTTP API on a free port of 127.0.0.1. A platform's simulator implements {@link handle}; injected faults, the log
 * of calls and the sockets are common.
 */
export abstract class HttpSimulator {
  readonly calls: LoggedCall[] = [];
  readonly faults = new FaultQueue();
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private port = 0;
  /** Number of times that the server was stopped. */
  private life = 0;
  private stopped?: Promise<unknown>;

  /** @param tls for an API that is available only by HTTPS */
  constructor(private readonly tls?: { key: string; cert: string }) {
    const listener = (request: IncomingMessage, response: ServerResponse) => {
      this.serve(request, response).catch((error) => {
        response.destroy(error instanceof Error ? error : new Error(String(error)));
      });
    };
    this.server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
    this.server.on("connection", (socket) => {
      this.sockets.add(socket);
      socket.once("close", () => this.sockets.delete(socket));
    });
  }

  /** Answers one request as the real platform does. If it throws, the connection is closed. */
  protected abstract handle(request: SimulatedRequest): SimulatedReply | Promise<SimulatedReply>;

  /** @param port 0 for any free one */
  async listen(port = 0): Promise<void> {
    this.server.listen(port, "127.0.0.1");
    await once(this.server, "listening");
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** The address, which is kept while the server is down. */
  get url(): string {
    return `${this.tls === undefined ? "http" : "https"}://127.0.0.1:${this.port}`;
  }

  /**
   * Breaks every connection and refuses further ones until {@link comeBack}, while the platform behind the API
   * continues.
   */
  async goDown(): Promise<void> {
    await this.stopListening();
  }

  async comeBack(): Promise<void> {
    if (!this.server.listening) await this.listenAgain();
  }

  /** Uses another certificate for new connections; open ones break. */
  showCertificate(tls: { key: string; cert: string }): void {
    if (this.server instanceof TlsServer) this.server.setSecureContext(tls);
    for (const socket of this.sockets) socket.destroy();
  }

  inject(fault: Fault): void {
    this.faults.add(fault);
  }

  async close(): Promise<void> {
    await this.stopListening();
  }

  /**
   * Simulates a killed process: every connection breaks, further ones are refused, and delayed requests are never
   * processed.
   */
  protected async stopListening(): Promise<void> {
    this.life++;
    for (const socket of this.sockets) socket.destroy();
    if (this.server.listening) {
      this.server.close();
      this.stopped = once(this.server, "close");
    }
    await this.stopped;
  }

  /** Restarts on the same port. */
  protected async listenAgain(): Promise<void> {
    await this.stopped;
    await this.listen(this.port);
  }

  private async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? "/", "http://simulator");
    const request: SimulatedRequest = {
      method: incoming.method ?? "GET",
      path: url.pathname,
      target: incoming.url ?? "/",
      query: url.searchParams,
      headers: incoming.headers,
      body: await textOf(incoming),
    };
    const log = (status: LoggedCall["status"]) => this.calls.push({ ...request, status });
    const fault = this.faults.take(request);
    const { life } = this;
    await fault.delay();
    // A request is carried out even if the client has disconnected, unless the server ends.
    if (life !== this.life || fault.before(response)) return void log("lost");
    const reply = fault.remedy() ?? (await this.handle(request));
    // Destroyed: the simulated server was killed, or the client has disconnected.
    if (response.destroyed || fault.after(response, reply)) return void log("lost");
    log(reply.status);
    // With its full length, so that a truncated body is detected.
    response.writeHead(reply.status, { ...reply.headers, "Content-Length": Buffer.byteLength(reply.body) });
    await fault.write(response, reply.body);
  }
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of incoming as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MAX_REQUEST) throw new Error("the request is too large");
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
