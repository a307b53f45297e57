import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

/** An HTTP proxy that supports only CONNECT. */
export interface ConnectProxy {
  url: string;
  port: number;
  /** The `host:port` of every CONNECT, and its credentials. */
  asked: { target: string; authorization: string | undefined }[];
  /** How to answer the next requests. */
  behave(how: "tunnel" | "refuse" | "hang"): void;
  close(): Promise<void>;
}

export async function connectProxy(): Promise<ConnectProxy> {
  const asked: ConnectProxy["asked"] = [];
  const open = new Set<Socket>();
  let behaviour: "tunnel" | "refuse" | "hang" = "tunnel";
  const server = createServer((_, reply) => reply.writeHead(405).end());
  server.on("connect", (request, client: Socket) => {
    asked.push({ target: request.url ?? "", authorization: request.headers["proxy-authorization"] });
    client.on("error", () => {});
    if (behaviour === "hang") return;
    if (behaviour === "refuse") return void client.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    const [host = "", port] = (request.url ?? "").split(":");
    const upstream = connect(Number(port), host, () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      upstream.pipe(client).pipe(upstream);
    });
    open.add(upstream);
    upstream.on("error", () => client.destroy());
  });
  server.on("connection", (socket: Socket) => open.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    asked,
    behave: (how) => {
      behaviour = how;
    },
    close: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
