import type { ServerOptions } from "@grpc/grpc-js";

/** Engines send states of any size. The statistics that gRPC keeps of each call cost time, and nothing reads them. */
export const GRPC_OPTIONS: ServerOptions = {
  "grpc.max_receive_message_length": -1,
  "grpc.max_send_message_length": -1,
  "grpc.enable_channelz": 0,
};
