import { credentials, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { InitError } from "./provider";
import type { Stopwatch } from "./stopwatch";
import type { Properties } from "./types";
import { annotate, containsUnknown, fromStruct, reveal, toStruct, withoutReferences } from "./values";

export type Send<Reply> = (done: (error: ServiceError | null, reply: Reply) => void) => unknown;

export function isUnimplemented(error: unknown): boolean {
  return (error as Partial<ServiceError>).code === status.UNIMPLEMENTED;
}

/** The connection to one plugin process: what it can do, and whether it is configured. */
export class PluginChannel {
  readonly client: ResourceProviderClient;
  acceptSecrets = false;
  acceptResources = false;
  supportsPreview = false;
  /** False when its configuration has values that only an update will know: then it is asked nothing. */
  configured = false;
  private shaken = false;

  constructor(
    address: string,
    private readonly stopwatch: Stopwatch,
  ) {
    this.client = new ResourceProviderClient(address, credentials.createInsecure(), {
      "grpc.max_receive_message_length": -1,
      "grpc.max_send_message_length": -1,
    });
  }

  async handshake(engineAddress: string, directory: string): Promise<void> {
    const request = new proto.ProviderHandshakeRequest();
    request.setEngineAddress(engineAddress);
    request.setRootDirectory(directory);
    request.setProgramDirectory(directory);
    request.setConfigureWithUrn(true);
    request.setSupportsRefreshBeforeUpdate(true);
    request.setInvokeWithPreview(true);
    try {
      const reply = await this.ask<proto.ProviderHandshakeResponse>((done) => this.client.handshake(request, done));
      this.shaken = true;
      this.acceptSecrets = reply.getAcceptSecrets();
      this.acceptResources = reply.getAcceptResources();
      this.supportsPreview = true;
    } catch (error) {
      if (!isUnimplemented(error)) throw error;
    }
  }

  async configure(urn: string, id: string, type: string, name: string, inputs: Properties): Promise<void> {
    if (containsUnknown(inputs)) return;
    const request = new proto.ConfigureRequest();
    request.setUrn(urn);
    request.setId(id);
    request.setType(type);
    request.setName(name);
    request.setArgs(toStruct(inputs));
    request.setAcceptsecrets(true);
    request.setAcceptresources(true);
    request.setSendsOldInputs(true);
    request.setSendsOldInputsToDelete(true);
    const variables = request.getVariablesMap();
    for (const [key, value] of Object.entries(reveal(inputs))) {
      if (key === "version") continue;
      variables.set(`${type.split(":")[2]}:config:${key}`, typeof value === "string" ? value : JSON.stringify(value));
    }
    const reply = await this.ask<proto.ConfigureResponse>((done) => this.client.configure(request, done));
    this.configured = true;
    if (this.shaken) return;
    this.acceptSecrets = reply.getAcceptsecrets();
    this.acceptResources = reply.getAcceptresources();
    this.supportsPreview = reply.getSupportspreview();
  }

  outgoing(properties: Properties): Properties {
    const known = this.acceptResources ? properties : withoutReferences(properties);
    return this.acceptSecrets ? known : reveal(known);
  }

  /** A reply's properties, with the secrets marked that the provider could not be told of. */
  incoming(reply: ReturnType<typeof toStruct> | undefined, sent: Properties | undefined): Properties {
    const properties = fromStruct(reply);
    return this.acceptSecrets ? properties : annotate(properties, sent);
  }

  /** @throws InitError when the provider began what it could not finish; Error with its message otherwise. */
  async call<Reply>(send: Send<Reply>, sent: Properties | undefined): Promise<Reply> {
    try {
      return await this.ask(send);
    } catch (error) {
      throw this.translated(error as ServiceError, sent);
    }
  }

  async cancel(): Promise<void> {
    // One that is gone, or does not know the call, has nothing to stop.
    const deadline = { deadline: Date.now() + 2000 };
    await this.ask<Empty>((done) => this.client.cancel(new Empty(), new Metadata(), deadline, done)).catch(() => {});
  }

  close(): void {
    this.client.close();
  }

  async ask<Reply>(send: Send<Reply>): Promise<Reply> {
    const stop = this.stopwatch.start();
    try {
      return await new Promise<Reply>((resolve, reject) => {
        send((error, reply) => (error ? reject(error) : resolve(reply)));
      });
    } finally {
      stop();
    }
  }

  private translated(error: ServiceError, sent: Properties | undefined): Error {
    for (const packed of error.metadata?.get("grpc-status-details-bin") ?? []) {
      for (const detail of Status.deserializeBinary(Buffer.from(packed as Buffer)).getDetailsList()) {
        if (!detail.getTypeName().endsWith("ErrorResourceInitFailed")) continue;
        const init = proto.ErrorResourceInitFailed.deserializeBinary(detail.getValue_asU8());
        const inputs = init.getInputs();
        return new InitError(
          {
            id: init.getId(),
            outputs: this.incoming(init.getProperties(), sent),
            ...(inputs ? { inputs: this.incoming(inputs, sent) } : {}),
            refreshBeforeUpdate: init.getRefreshBeforeUpdate(),
          },
          init.getReasonsList(),
        );
      }
    }
    return new Error(error.details || error.message);
  }
}
