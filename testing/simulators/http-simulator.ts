import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer, Server as TlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { type Fault, FaultQueue } from "./faults";

/** One request as a simulated API sees it. */
export interface SimulatedRequest {
  method: string;
  path: string;
  /** Path and query, letter by letter, for signatures. */
  target: string;
  /** Of the URL only; a form in the body is left to the simulator. */
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  body: string;
}

export interface SimulatedReply {
  status: number;
  headers?: Record<string, string>;
  body: string;
}

/** What happened on the wire, for tests that count calls or look for secrets. */
export interface LoggedCall extends SimulatedRequest {
  /** What was answered, or `lost` when the connection was closed instead. */
  status: number | "lost";
}

/** Bytes of a request that are read. */
const MAX_REQUEST = 8 * 1024 * 1024;

/**
 * An HTTP API on 127.0.0.1, on a free port. A platform's simulator extends it with {@link handle}; injected faults, the
 * log of calls and the sockets are the same for all.
 */
export abstract class HttpSimulator {
  readonly calls: LoggedCall[] = [];
  readonly faults = new FaultQueue();
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private port = 0;
  /** How often the server was stopped. */
  private life = 0;
  private stopped?: Promise<unknown>;

  /** @param tls where the API is only to be had by HTTPS */
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

  /** Answers one request as the real platform does. What it throws closes the connection. */
  protected abstract handle(request: SimulatedRequest): SimulatedReply | Promise<SimulatedReply>;

  /** @param port 0 for any free one */
  async listen(port = 0): Promise<void> {
    this.server.listen(port, "127.0.0.1");
    await once(this.server, "listening");
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** Stays the same while the server is down. */
  get url(): string {
    return `${this.tls === undefined ? "http" : "https"}://127.0.0.1:${this.port}`;
  }

  /** Breaks every connection and refuses further ones, while what is behind the API goes on; until {@link comeBack}. */
  async goDown(): Promise<void> {
    await this.stopListening();
  }

  async comeBack(): Promise<void> {
    if (!this.server.listening) await this.listenAgain();
  }

  /** From now on another certificate is shown, on connections that are made anew: those that are open break. */
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
   * As when the process is killed: every connection breaks at once, further ones are refused, and requests that were
   * delayed are never looked at.
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

  /** On the same port as before. */
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
    // A client that has gone away does not keep its request from being carried out; the end of the server does.
    if (life !== this.life || fault.before(response)) return void log("lost");
    const reply = fault.remedy() ?? (await this.handle(request));
    // Destroyed: the simulated server was killed meanwhile, or the client has gone.
    if (response.destroyed || fault.after(response, reply)) return void log("lost");
    log(reply.status);
    // With its whole length, so that half of a body is seen to be half.
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
