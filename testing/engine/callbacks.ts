import { credentials } from "@grpc/grpc-js";
import { CallbacksClient } from "@pulumi/pulumi/proto/callback_grpc_pb";
import { type Callback, CallbackInvokeRequest, type CallbackInvokeResponse } from "@pulumi/pulumi/proto/callback_pb";

/** Calls back into functions of the program, which serves them itself. */
export class Callbacks {
  private readonly clients = new Map<string, CallbacksClient>();

  async invoke(callback: Callback, request: Uint8Array): Promise<Uint8Array> {
    const target = callback.getTarget();
    let client = this.clients.get(target);
    if (client === undefined) {
      client = new CallbacksClient(target, credentials.createInsecure(), { "grpc.max_receive_message_length": -1 });
      this.clients.set(target, client);
    }
    const message = new CallbackInvokeRequest();
    message.setToken(callback.getToken());
    message.setRequest(request);
    const known = client;
    const reply = await new Promise<CallbackInvokeResponse>((resolve, reject) => {
      known.invoke(message, (error, answer) =>
        error ? reject(new Error(error.details || error.message)) : resolve(answer),
      );
    });
    return reply.getResponse_asU8();
  }

  close(): void {
    for (const client of this.clients.values()) client.close();
  }
}
