import type { Server as Listener } from "node:net";
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import type * as proto from "@pulumi/pulumi/proto/provider_pb";
import { GRPC_OPTIONS } from "../grpc-options";
import { EngineLink } from "../pulumi/engine-link";
import type { Calls, UnaryName } from "./calls";
import { listen, portOf } from "./listener";
import type { Connect } from "./state";

export interface PluginOptions {
  /** `host:port` of the engine; may also arrive later with Handshake or Attach. */
  engine?: string;
  /** @default connections from the configuration and the environment */
  connect?: Connect;
}

export interface RunningPlugin {
  port: number;
  engine: EngineLink;
  /** Ends every wait, lets calls in flight return their partial state, logs out, and stops listening. */
  stop(): Promise<void>;
}

const UNARY: readonly UnaryName[] = [
  ...(["handshake", "attach", "getPluginInfo", "getSchema", "cancel"] as const),
  ...(["checkConfig", "diffConfig", "configure"] as const),
  ...(["check", "diff", "create", "read", "update", "delete", "invoke"] as const),
];

/** Serves the plugin on a separate port of the loopback interface. */
export async function startPlugin(options: PluginOptions = {}): Promise<RunningPlugin> {
  return servePlugin(await listen(), options);
}

/** Serves the plugin to the connections of a listener. */
export function servePlugin(listener: Listener, options: PluginOptions = {}): RunningPlugin {
  const engine = new EngineLink(options.engine);
  let loading: Promise<Calls> | undefined;
  // Loaded with the first call: the messages alone take a while.
  const calls = () => {
    loading ??= import("./calls").then(({ callsOf }) => callsOf(engine, options.connect));
    return loading;
  };

  const implementation: UntypedServiceImplementation = { list: streamed(calls) };
  for (const name of UNARY) implementation[name] = detail(name, calls);
  const server = new Server(GRPC_OPTIONS);
  server.addService(ResourceProviderService, implementation);
  const connections = server.createConnectionInjector(ServerCredentials.createInsecure());
  listener.on("connection", (socket) => connections.injectConnection(socket));
  return {
    port: portOf(listener),
    engine,
    stop: async () => {
      if (loading) await (await loading).end();
      engine.close();
      listener.close();
      connections.destroy();
      server.forceShutdown();
    },
  };
}

/** gRPC would report an error thrown in a handler as "Unknown error", so each is caught here. */
function detail(name: UnaryName, calls: () => Promise<Calls>) {
  return (call: ServerUnaryCall<unknown, unknown>, done: sendUnaryData<unknown>): void => {
    void calls().then(({ unary, failure }) => {
      const handler = unary[name] as (request: unknown) => Promise<unknown>;
      return handler(call.request).then(
        (reply) => done(null, reply),
        (error) => done(failure(error)),
      );
    }, done);
  };
}

function streamed(calls: () => Promise<Calls>) {
  return (call: ServerWritableStream<proto.ListRequest, proto.ListResponse>): void => {
    void calls().then(({ list, failure }) =>
      list(call).then(
        () => call.end(),
        (error) => call.emit("error", failure(error)),
      ),
    );
  };
}
