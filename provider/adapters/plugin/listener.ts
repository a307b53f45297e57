import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";

/*
 * Apart from the server, because the engine waits for the port, a preview starts the plugin twice, and loading gRPC takes
 * longer than everything else before the port is known.
 */

/** Listens on a free port of the loopback interface. */
export async function listen(): Promise<Server> {
  // gRPC sends small frames, which must not wait for each other's acknowledgement.
  const listener = createServer({ noDelay: true }).listen(0, "127.0.0.1");
  await once(listener, "listening");
  return listener;
}

export function portOf(listener: Server): number {
  return (listener.address() as AddressInfo).port;
}
