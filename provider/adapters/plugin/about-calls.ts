import { readFileSync } from "node:fs";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { type PluginAttach, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { packageRoot, packageVersion } from "../../core/package-root";
import { refused } from "./failures";
import type { PluginState } from "./state";

/** The calls that start and end the session of engine and plugin. */
export function aboutCalls(state: PluginState) {
  return {
    handshake: async (request: proto.ProviderHandshakeRequest): Promise<proto.ProviderHandshakeResponse> => {
      state.engine.attach(request.getEngineAddress());
      const reply = new proto.ProviderHandshakeResponse();
      reply.setAcceptSecrets(true);
      // References to resources then arrive as ids, and outputs as plain values: no input accepts either.
      reply.setAcceptResources(false);
      reply.setAcceptOutputs(false);
      return reply;
    },

    attach: async (request: PluginAttach): Promise<Empty> => {
      state.engine.attach(request.getAddress());
      return new Empty();
    },

    getPluginInfo: async (): Promise<PluginInfo> => {
      return new PluginInfo().setVersion(packageVersion());
    },

    getSchema: async (request: proto.GetSchemaRequest): Promise<proto.GetSchemaResponse> => {
      if (request.getVersion() !== 0) {
        throw refused(status.INVALID_ARGUMENT, `the schema has no format version ${request.getVersion()}`);
      }
      return new proto.GetSchemaResponse().setSchema(readFileSync(join(packageRoot(), "schema.json"), "utf8"));
    },

    cancel: async (): Promise<Empty> => {
      state.cancel();
      return new Empty();
    },
  };
}
