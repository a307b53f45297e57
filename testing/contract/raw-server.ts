import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import type { Certificate } from "./certificates";

/** Answers one HTTP request on the raw socket. */
export type Respond = (request: string, socket: TLSSocket, count: number) => void;

/** A TLS server that records the received bytes and answers as the test specifies. */
export interface RawServer {
  port: number;
  /** Bytes received after the handshake, on all connections. */
  received: () => string;
  /** Connections with a completed handshake. */
  connections: () => number;
  /** Accepted connections. */
  attempts: () => number;
  close(): Promise<void>;
}

/** @param port 0 for any free port */
export async function rawServer({ key, cert }: Certificate, respond: Respond, port = 0): Promise<RawServer> {
  let received = "";
  let connections = 0;
  let attempts = 0;
  let count = 0;
  const open = new Set<Socket>();
  const server = createServer({ key, cert }, (socket) => {
    connections++;
    let pending = "";
    socket.on("error", () => {});
    socket.on("data", (data) => {
      received += data.toString("latin1");
      pending += data.toString("latin1");
      const end = pending.indexOf("\r\n\r\n");
      const length = Number(/content-length: (\d+)/i.exec(pending)?.[1] ?? 0);
      if (end < 0 || pending.length < end + 4 + length) return;
      const request = Buffer.from(pending, "latin1").toString("utf8");
      pending = "";
      respond(request, socket, ++count);
    });
  });
  server.on("connection", (socket: Socket) => {
    attempts++;
    open.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => open.delete(socket));
  });
  server.on("tlsClientError", () => {});
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    received: () => received,
    connections: () => connections,
    attempts: () => attempts,
    close: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** An HTTP response as bytes on the wire. */
export function httpAnswer(
  body: string,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} x\r\nContent-Type: text/xml\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${lines.join("")}\r\n${body}`;
}
