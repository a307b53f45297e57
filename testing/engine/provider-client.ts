import { credentials, type ServiceError } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Properties } from "./types";
import { annotate, fromStruct, reveal, toStruct } from "./values";

/** What a provider is told of the resource a call is about. */
export interface Subject {
  urn: string;
  name: string;
  type: string;
}

export interface CheckReply {
  inputs: Properties;
  failures: { property: string; reason: string }[];
}

export interface DiffReply {
  /** Undefined when the provider does not know, so that the engine compares inputs. */
  changes: boolean | undefined;
  replaces: string[];
  diffs: string[];
  deleteBeforeReplace: boolean;
}

export interface StateReply {
  id: string;
  outputs: Properties;
  inputs?: Properties;
  refreshBeforeUpdate: boolean;
}

/** The provider began something that is not finished: what there is must be kept. */
export class InitError extends Error {
  constructor(
    readonly state: StateReply,
    readonly reasons: string[],
  ) {
    super(reasons.join("; ") || "resource init failed");
  }
}

type Send<Reply> = (done: (error: ServiceError | null, reply: Reply) => void) => unknown;

/** A resource provider, spoken to over gRPC. */
export class ProviderClient {
  private readonly client: ResourceProviderClient;
  acceptSecrets = false;
  supportsPreview = false;
  /** Milliseconds spent waiting for the provider, all calls added up and those at the same time counted once. */
  busyMilliseconds = 0;
  private calls = 0;
  private begun = 0;

  constructor(address: string) {
    this.client = new ResourceProviderClient(address, credentials.createInsecure(), {
      "grpc.max_receive_message_length": -1,
    });
  }

  /** @returns false when the provider does not implement it. */
  async handshake(engine: string, rootDirectory: string, programDirectory: string): Promise<boolean> {
    const request = new proto.ProviderHandshakeRequest();
    request.setEngineAddress(engine);
    request.setRootDirectory(rootDirectory);
    request.setProgramDirectory(programDirectory);
    request.setConfigureWithUrn(true);
    try {
      const reply = await this.ask<proto.ProviderHandshakeResponse>((done) => this.client.handshake(request, done));
      this.acceptSecrets = reply.getAcceptSecrets();
      this.supportsPreview = true;
      return true;
    } catch (error) {
      if ((error as ServiceError).code === 12) return false;
      throw error;
    }
  }

  async checkConfig(subject: Subject, olds: Properties, news: Properties): Promise<CheckReply> {
    const request = checkRequest(subject, reveal(olds), reveal(news));
    try {
      return checkReply(await this.ask<proto.CheckResponse>((done) => this.client.checkConfig(request, done)), news);
    } catch (error) {
      if ((error as ServiceError).code === 12) return { inputs: news, failures: [] };
      throw error;
    }
  }

  async configure(inputs: Properties, shaken: boolean): Promise<void> {
    const request = new proto.ConfigureRequest();
    request.setArgs(toStruct(inputs));
    request.setAcceptsecrets(true);
    request.setAcceptresources(true);
    const variables = request.getVariablesMap();
    for (const [key, value] of Object.entries(reveal(inputs))) {
      variables.set(key, typeof value === "string" ? value : JSON.stringify(value));
    }
    const reply = await this.ask<proto.ConfigureResponse>((done) => this.client.configure(request, done));
    if (shaken) return;
    this.acceptSecrets = reply.getAcceptsecrets();
    this.supportsPreview = reply.getSupportspreview();
  }

  async check(subject: Subject, olds: Properties | undefined, news: Properties): Promise<CheckReply> {
    const request = checkRequest(subject, this.outgoing(olds ?? {}), this.outgoing(news));
    return checkReply(await this.ask<proto.CheckResponse>((done) => this.client.check(request, done)), news);
  }

  async diff(
    subject: Subject,
    id: string,
    oldInputs: Properties,
    olds: Properties,
    news: Properties,
    ignore: string[],
  ): Promise<DiffReply> {
    const request = new proto.DiffRequest();
    name(request, subject);
    request.setId(id);
    request.setOldInputs(toStruct(this.outgoing(oldInputs)));
    request.setOlds(toStruct(this.outgoing(olds)));
    request.setNews(toStruct(this.outgoing(news)));
    request.setIgnorechangesList(ignore);
    const reply = await this.ask<proto.DiffResponse>((done) => this.client.diff(request, done));
    const changes = reply.getChanges();
    const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;
    return {
      changes: changes === DIFF_SOME ? true : changes === DIFF_NONE ? false : undefined,
      replaces: reply.getReplacesList(),
      diffs: reply.getDiffsList(),
      deleteBeforeReplace: reply.getDeletebeforereplace(),
    };
  }

  async create(subject: Subject, inputs: Properties, preview: boolean, timeout = 0): Promise<StateReply> {
    const request = new proto.CreateRequest();
    name(request, subject);
    request.setProperties(toStruct(this.outgoing(inputs)));
    request.setPreview(preview);
    request.setTimeout(timeout);
    const reply = await this.ask<proto.CreateResponse>((done) => this.client.create(request, done)).catch((error) =>
      rethrow(error, inputs),
    );
    const outputs = annotate(fromStruct(reply.getProperties()), inputs) as Properties;
    return { id: reply.getId(), outputs, refreshBeforeUpdate: reply.getRefreshBeforeUpdate() };
  }

  async read(
    subject: Subject,
    id: string,
    inputs: Properties | undefined,
    olds: Properties | undefined,
  ): Promise<StateReply> {
    const request = new proto.ReadRequest();
    name(request, subject);
    request.setId(id);
    // On import both stay unset, as in the real engine.
    if (olds) request.setProperties(toStruct(this.outgoing(olds)));
    if (inputs) request.setInputs(toStruct(this.outgoing(inputs)));
    const reply = await this.ask<proto.ReadResponse>((done) => this.client.read(request, done)).catch((error) =>
      rethrow(error, inputs ?? {}),
    );
    const told = reply.getInputs();
    return {
      id: reply.getId(),
      outputs: annotate(fromStruct(reply.getProperties()), inputs) as Properties,
      ...(told ? { inputs: annotate(fromStruct(told), inputs) as Properties } : {}),
      refreshBeforeUpdate: reply.getRefreshBeforeUpdate(),
    };
  }

  async update(
    subject: Subject,
    id: string,
    oldInputs: Properties,
    olds: Properties,
    news: Properties,
    preview: boolean,
    ignore: string[],
    timeout = 0,
  ): Promise<StateReply> {
    const request = new proto.UpdateRequest();
    name(request, subject);
    request.setId(id);
    request.setOldInputs(toStruct(this.outgoing(oldInputs)));
    request.setOlds(toStruct(this.outgoing(olds)));
    request.setNews(toStruct(this.outgoing(news)));
    request.setPreview(preview);
    request.setIgnorechangesList(ignore);
    request.setTimeout(timeout);
    const reply = await this.ask<proto.UpdateResponse>((done) => this.client.update(request, done)).catch((error) =>
      rethrow(error, news),
    );
    const outputs = annotate(fromStruct(reply.getProperties()), news) as Properties;
    return { id, outputs, refreshBeforeUpdate: reply.getRefreshBeforeUpdate() };
  }

  async delete(subject: Subject, id: string, inputs: Properties, outputs: Properties, timeout = 0): Promise<void> {
    const request = new proto.DeleteRequest();
    name(request, subject);
    request.setId(id);
    request.setOldInputs(toStruct(this.outgoing(inputs)));
    request.setProperties(toStruct(this.outgoing(outputs)));
    request.setTimeout(timeout);
    await this.ask<Empty>((done) => this.client.delete(request, done)).catch((error) => rethrow(error, inputs));
  }

  async invoke(token: string, args: Properties): Promise<{ result: Properties; failures: CheckReply["failures"] }> {
    const request = new proto.InvokeRequest();
    request.setTok(token);
    request.setArgs(toStruct(this.outgoing(args)));
    const reply = await this.ask<proto.InvokeResponse>((done) => this.client.invoke(request, done));
    const failures = reply
      .getFailuresList()
      .map((failure) => ({ property: failure.getProperty(), reason: failure.getReason() }));
    return { result: fromStruct(reply.getReturn()), failures };
  }

  async cancel(): Promise<void> {
    // A provider that is gone, or does not know the call, has nothing to stop.
    await this.ask<Empty>((done) => this.client.cancel(new Empty(), done)).catch(() => {});
  }

  close(): void {
    this.client.close();
  }

  private outgoing(properties: Properties): Properties {
    return this.acceptSecrets ? properties : reveal(properties);
  }

  private async ask<Reply>(send: Send<Reply>): Promise<Reply> {
    if (this.calls++ === 0) this.begun = performance.now();
    try {
      return await new Promise<Reply>((resolve, reject) => {
        send((error, reply) => (error ? reject(error) : resolve(reply)));
      });
    } finally {
      if (--this.calls === 0) this.busyMilliseconds += performance.now() - this.begun;
    }
  }
}

function name(
  request: { setUrn(urn: string): unknown; setName(name: string): unknown; setType(type: string): unknown },
  subject: Subject,
): void {
  request.setUrn(subject.urn);
  request.setName(subject.name);
  request.setType(subject.type);
}

function checkRequest(subject: Subject, olds: Properties, news: Properties): proto.CheckRequest {
  const request = new proto.CheckRequest();
  name(request, subject);
  request.setOlds(toStruct(olds));
  request.setNews(toStruct(news));
  return request;
}

function checkReply(reply: proto.CheckResponse, news: Properties): CheckReply {
  const failures = reply
    .getFailuresList()
    .map((failure) => ({ property: failure.getProperty(), reason: failure.getReason() }));
  return { inputs: annotate(fromStruct(reply.getInputs()), news) as Properties, failures };
}

/** A failure with an ErrorResourceInitFailed among its details is a partial success. */
function rethrow(error: ServiceError, inputs: Properties): never {
  for (const packed of error.metadata?.get("grpc-status-details-bin") ?? []) {
    const status = Status.deserializeBinary(Buffer.from(packed as Buffer));
    for (const detail of status.getDetailsList()) {
      if (!detail.getTypeName().endsWith("ErrorResourceInitFailed")) continue;
      const init = proto.ErrorResourceInitFailed.deserializeBinary(detail.getValue_asU8());
      const told = init.getInputs();
      throw new InitError(
        {
          id: init.getId(),
          outputs: annotate(fromStruct(init.getProperties()), inputs) as Properties,
          ...(told ? { inputs: annotate(fromStruct(told), inputs) as Properties } : {}),
          refreshBeforeUpdate: init.getRefreshBeforeUpdate(),
        },
        init.getReasonsList(),
      );
    }
  }
  throw new Error(error.details || error.message);
}
