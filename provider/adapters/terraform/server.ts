import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";
import { redact } from "../../core/errors/redact";
import { packageRoot } from "../../core/package-root";
import { GRPC_OPTIONS } from "../grpc-options";
import type { Calls } from "./calls";
import { makeServerCertificate } from "./certificate";

/** Sent unchanged. */
const PROTOCOL = join(packageRoot(), "provider", "adapters", "terraform");

/** Milliseconds for responses in flight when the provider stops. */
const SHUTDOWN_GRACE_MS = 500;

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

/** A service by its methods' names. The messages are parsed with the first call: that takes longer than all else before the handshake. */
function serviceOf(file: string, name: string): ServiceDefinition {
  const path = join(PROTOCOL, file);
  let parsed: ServiceDefinition | undefined;
  const of = (method: string) => {
    parsed ??= protoLoader().loadSync(path, { longs: Number, enums: Number, defaults: true, oneofs: true })[
      name
    ] as ServiceDefinition;
    return parsed[method] as MethodDefinition<unknown, unknown>;
  };
  const methods = [...readFileSync(path, "utf8").matchAll(/^ *rpc (\w+)\(/gm)].map(([, method = ""]) => method);
  return Object.fromEntries(
    methods.map((method): [string, MethodDefinition<unknown, unknown>] => [
      method,
      {
        path: `/${name}/${method}`,
        requestStream: false,
        responseStream: false,
        requestSerialize: (value) => of(method).requestSerialize(value),
        requestDeserialize: (bytes) => of(method).requestDeserialize(bytes),
        responseSerialize: (value) => of(method).responseSerialize(value),
        responseDeserialize: (bytes) => of(method).responseDeserialize(bytes),
      },
    ]),
  );
}

function protoLoader(): typeof import("@grpc/proto-loader") {
  return require("@grpc/proto-loader");
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
