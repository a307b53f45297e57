import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData, status } from "@grpc/grpc-js";
import { redact } from "../../core/errors/redact";
import { GRPC_OPTIONS } from "../grpc-options";
import type { Calls } from "./calls";
import { makeServerCertificate } from "./certificate";
import { serviceOf } from "./service";

/**
 * Milliseconds for responses in flight when the provider stops. The engine is on this machine and waits for the exit, and gRPC's
 * server sometimes waits for a connection that is already closed.
 */
const SHUTDOWN_GRACE_MS = 100;

export interface RunningProvider {
  /** `host:port`. */
  address: string;
  /** The line that the engine reads from standard output; undefined without TLS. */
  handshake: string | undefined;
  /** Loads what the first call needs, while the engine connects. */
  prepare(): void;
  stop(): Promise<void>;
}

/**
 * Serves protocol 6 with mutual TLS on its own loopback port.
 *
 * @param client the engine's certificate, PEM; no other client may connect. Without one, to debug, any process of this
 * machine may, unencrypted
 * @param shutdown called when the engine asks to stop
 */
export async function startProvider(client: string | undefined, shutdown: () => void): Promise<RunningProvider> {
  let loading: Promise<Calls> | undefined;
  // The engine waits for the handshake line, and one command starts the provider several times: the handlers are loaded
  // after it.
  const calls = () => {
    loading ??= import("./calls").then(({ callsOf }) => callsOf());
    return loading;
  };
  const server = new Server(GRPC_OPTIONS);
  const provider = serviceOf("tfplugin6.proto", "tfplugin6.Provider");
  server.addService(
    provider,
    Object.fromEntries(
      Object.keys(provider).map((name) => [name, detail((request) => dispatch(calls, name, request))]),
    ),
  );
  server.addService(serviceOf("plugin.proto", "plugin.GRPCController"), {
    Shutdown: detail(async () => {
      setImmediate(shutdown);
      return {};
    }),
  });
  const { credentials, line } =
    client === undefined ? { credentials: ServerCredentials.createInsecure(), line: undefined } : mutualTls(client);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  const address = `127.0.0.1:${port}`;
  return {
    address,
    handshake: line && `1|6|tcp|${address}|grpc|${line}`,
    prepare: () => {
      provider.GetProviderSchema?.responseSerialize({});
      void calls();
    },
    stop: async () => {
      if (loading) await (await loading).end();
      // The response to the engine's stop request must still be delivered.
      const late = setTimeout(() => server.forceShutdown(), SHUTDOWN_GRACE_MS);
      await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      clearTimeout(late);
    },
  };
}

/** @returns with the certificate as the handshake line has it */
function mutualTls(client: string) {
  const { certificate, key, line } = makeServerCertificate();
  const pair = [{ cert_chain: certificate, private_key: key }];
  return { credentials: ServerCredentials.createSsl(Buffer.from(client), pair, true), line };
}

async function dispatch(calls: () => Promise<Calls>, name: string, request: unknown): Promise<unknown> {
  const { unary } = await calls();
  const method = name.charAt(0).toLowerCase() + name.slice(1);
  const handler = unary[method as keyof typeof unary] as (request: unknown) => Promise<unknown>;
  return handler(request);
}

function detail(work: (request: unknown) => Promise<unknown>) {
  return (call: ServerUnaryCall<unknown, unknown>, done: sendUnaryData<unknown>): void => {
    work(call.request).then(
      (reply) => done(null, reply),
      // Only failures outside the lifecycles arrive here; the engine prints them all the same.
      (error: unknown) =>
        done({ code: status.INTERNAL, details: redact(error instanceof Error ? error.message : String(error)) }),
    );
  };
}
