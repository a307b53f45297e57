import { join } from "node:path";
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { redact } from "../../core/errors/redact";
import { packageRoot } from "../../core/package-root";
import type { Calls } from "./calls";
import { makeServerCertificate } from "./certificate";

/** Delivered as it is. */
const PROTOCOL = join(packageRoot(), "provider", "adapters", "terraform");

/** Milliseconds for answers that are under way when it ends. */
const SHUTDOWN_GRACE_MS = 500;

export interface RunningProvider {
  /** What the engine reads from standard output. */
  handshake: string;
  stop(): Promise<void>;
}

/**
 * Serves protocol 6 with mutual TLS on a port of its own, on the loopback interface.
 *
 * @param client the engine's certificate, PEM: nobody else may connect
 * @param shutdown called when the engine asks to end
 */
export async function startProvider(client: string, shutdown: () => void): Promise<RunningProvider> {
  let loading: Promise<Calls> | undefined;
  // The engine waits for the handshake line, and one command starts the provider several times: what answers is loaded after it.
  const calls = () => {
    loading ??= import("./calls").then(({ callsOf }) => callsOf());
    return loading;
  };
  const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
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
  const { certificate, key, line } = makeServerCertificate();
  const pair = [{ cert_chain: certificate, private_key: key }];
  const credentials = ServerCredentials.createSsl(Buffer.from(client), pair, true);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  return {
    handshake: `1|6|tcp|127.0.0.1:${port}|grpc|${line}`,
    stop: async () => {
      if (loading) await (await loading).end();
      // The answer to the engine's wish to end has to arrive.
      const late = setTimeout(() => server.forceShutdown(), SHUTDOWN_GRACE_MS);
      await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      clearTimeout(late);
    },
  };
}

async function dispatch(calls: () => Promise<Calls>, name: string, request: unknown): Promise<unknown> {
  const { unary } = await calls();
  const method = name.charAt(0).toLowerCase() + name.slice(1);
  const handler = unary[method as keyof typeof unary] as (request: unknown) => Promise<unknown>;
  return handler(request);
}

function serviceOf(file: string, name: string): ServiceDefinition {
  const definition = loadSync(join(PROTOCOL, file), { longs: Number, enums: Number, defaults: true, oneofs: true });
  return definition[name] as ServiceDefinition;
}

function detail(work: (request: unknown) => Promise<unknown>) {
  return (call: ServerUnaryCall<unknown, unknown>, done: sendUnaryData<unknown>): void => {
    work(call.request).then(
      (reply) => done(null, reply),
      // Only what is no failure of a lifecycle comes here; the engine prints it all the same.
      (error: unknown) =>
        done({ code: status.INTERNAL, details: redact(error instanceof Error ? error.message : String(error)) }),
    );
  };
}
