import {
  credentials,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceError,
  type sendUnaryData,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb";
import { PluginAttach, type PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Properties } from "../support/protocol";
import { fromStruct, toStruct } from "../support/protocol";

type Done<Reply> = (error: ServiceError | null, reply: Reply) => void;

/** The generated client of a plugin with plain values, called as by the engine. */
export class PluginClient {
  readonly raw: ResourceProviderClient;

  constructor(
    port: number,
    readonly urn = "urn:pulumi:dev::app::snapstate:index:Snapshot::one",
  ) {
    this.raw = new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
  }

  handshake(engine: string) {
    const request = new proto.ProviderHandshakeRequest();
    request.setEngineAddress(engine);
    return ask<proto.ProviderHandshakeResponse>((done) => this.raw.handshake(request, done));
  }

  attach(engine: string) {
    return ask<Empty>((done) => this.raw.attach(new PluginAttach().setAddress(engine), done));
  }

  async schema(version = 0): Promise<string> {
    const request = new proto.GetSchemaRequest().setVersion(version);
    return (await ask<proto.GetSchemaResponse>((done) => this.raw.getSchema(request, done))).getSchema();
  }

  async version(): Promise<string> {
    return (await ask<PluginInfo>((done) => this.raw.getPluginInfo(new Empty(), done))).getVersion();
  }

  async checkConfig(news: Properties) {
    const request = new proto.CheckRequest().setNews(toStruct(news));
    return checked(await ask<proto.CheckResponse>((done) => this.raw.checkConfig(request, done)));
  }

  diffConfig(oldInputs: Properties, news: Properties) {
    const request = new proto.DiffRequest().setOldInputs(toStruct(oldInputs)).setNews(toStruct(news));
    return ask<proto.DiffResponse>((done) => this.raw.diffConfig(request, done));
  }

  configure(args: Properties = { connections: "{}" }) {
    const request = new proto.ConfigureRequest().setArgs(toStruct(args));
    return ask<proto.ConfigureResponse>((done) => this.raw.configure(request, done));
  }

  async check(news: Properties, olds?: Properties) {
    const request = new proto.CheckRequest().setUrn(this.urn).setNews(toStruct(news));
    if (olds) request.setOlds(toStruct(olds));
    return checked(await ask<proto.CheckResponse>((done) => this.raw.check(request, done)));
  }

  async diff(id: string, oldInputs: Properties, olds: Properties, news: Properties) {
    const request = new proto.DiffRequest().setUrn(this.urn).setId(id);
    request.setOldInputs(toStruct(oldInputs)).setOlds(toStruct(olds)).setNews(toStruct(news));
    const reply = await ask<proto.DiffResponse>((done) => this.raw.diff(request, done));
    const detailed: Record<string, string> = {};
    const kinds = Object.entries(proto.PropertyDiff.Kind);
    reply.getDetaileddiffMap().forEach((entry, path) => {
      const kind = kinds.find(([, value]) => value === entry.getKind())?.[0];
      detailed[path] = `${kind} of ${entry.getInputdiff() ? "inputs" : "state"}`;
    });
    return { changes: reply.getChanges() === proto.DiffResponse.DiffChanges.DIFF_SOME, detailed, reply };
  }

  async create(inputs: Properties, { preview = false, timeout = 0 } = {}) {
    const request = new proto.CreateRequest().setUrn(this.urn).setProperties(toStruct(inputs));
    request.setPreview(preview).setTimeout(timeout);
    const reply = await ask<proto.CreateResponse>((done) => this.raw.create(request, done));
    return { id: reply.getId(), state: fromStruct(reply.getProperties()), reply };
  }

  /** An import has neither state nor inputs. */
  async read(id: string, state?: Properties, inputs?: Properties) {
    const request = new proto.ReadRequest().setUrn(this.urn).setId(id);
    if (state) request.setProperties(toStruct(state));
    if (inputs) request.setInputs(toStruct(inputs));
    const reply = await ask<proto.ReadResponse>((done) => this.raw.read(request, done));
    return {
      id: reply.getId(),
      state: fromStruct(reply.getProperties()),
      inputs: fromStruct(reply.getInputs()),
      reply,
    };
  }

  async update(
    id: string,
    olds: Properties,
    news: Properties,
    { preview = false, timeout = 0, oldInputs }: { preview?: boolean; timeout?: number; oldInputs?: Properties } = {},
  ) {
    const request = new proto.UpdateRequest().setUrn(this.urn).setId(id);
    if (oldInputs) request.setOldInputs(toStruct(oldInputs));
    request.setOlds(toStruct(olds)).setNews(toStruct(news)).setPreview(preview).setTimeout(timeout);
    const reply = await ask<proto.UpdateResponse>((done) => this.raw.update(request, done));
    return { state: fromStruct(reply.getProperties()), reply };
  }

  delete(id: string, state: Properties, oldInputs?: Properties) {
    const request = new proto.DeleteRequest().setUrn(this.urn).setId(id).setProperties(toStruct(state));
    if (oldInputs) request.setOldInputs(toStruct(oldInputs));
    return ask<Empty>((done) => this.raw.delete(request, done));
  }

  async invoke(token: string, args: Properties) {
    const request = new proto.InvokeRequest().setTok(token).setArgs(toStruct(args));
    const reply = await ask<proto.InvokeResponse>((done) => this.raw.invoke(request, done));
    return { result: fromStruct(reply.getReturn()), failures: failuresOf(reply.getFailuresList()) };
  }

  async list(token: string, query: Properties, options: { limit?: number; pageSize?: number; token?: string } = {}) {
    const request = new proto.ListRequest().setToken(token).setQuery(toStruct(query));
    request.setLimit(options.limit ?? 0).setPageSize(options.pageSize ?? 0);
    request.setContinuationToken(options.token ?? "");
    const found: { id: string; name: string }[] = [];
    let next: string | undefined;
    const stream = this.raw.list(request);
    await new Promise<void>((resolve, reject) => {
      stream.on("data", (reply: proto.ListResponse) => {
        const result = reply.getResult();
        if (result) found.push({ id: result.getId(), name: result.getName() });
        next = reply.getContinuation()?.getContinuationToken() ?? next;
      });
      stream.on("end", resolve);
      stream.on("error", reject);
    });
    return { found, next };
  }

  cancel() {
    return ask<Empty>((done) => this.raw.cancel(new Empty(), done));
  }

  /** The same plugin, for a resource of another type or name. */
  about(type: string, name = "one"): PluginClient {
    return this.at(`urn:pulumi:dev::app::${type}::${name}`);
  }

  /** The same plugin, for another resource. */
  at(urn: string): PluginClient {
    return Object.assign(Object.create(this) as PluginClient, { urn });
  }

  close(): void {
    this.raw.close();
  }
}

/** The partial state in a failure's details, if any. */
export function partialOf(error: ServiceError): { id: string; state: Properties; reasons: string[] } | undefined {
  for (const detail of detailsOf(error, "ErrorResourceInitFailed")) {
    const init = proto.ErrorResourceInitFailed.deserializeBinary(detail);
    return { id: init.getId(), state: fromStruct(init.getProperties()), reasons: init.getReasonsList() };
  }
  return undefined;
}

export function missingKeysOf(error: ServiceError): string[] {
  return detailsOf(error, "ConfigureErrorMissingKeys").flatMap((detail) =>
    proto.ConfigureErrorMissingKeys.deserializeBinary(detail)
      .getMissingkeysList()
      .map((key) => key.getName()),
  );
}

function detailsOf(error: ServiceError, type: string): Uint8Array[] {
  return (error.metadata?.get("grpc-status-details-bin") ?? []).flatMap((packed) =>
    Status.deserializeBinary(Buffer.from(packed as Buffer))
      .getDetailsList()
      .filter((detail) => detail.getTypeName().endsWith(type))
      .map((detail) => detail.getValue_asU8()),
  );
}

/** The part of the engine that a plugin calls: its log service. */
export async function startEngineLog() {
  const lines: { urn: string; message: string; severity: number; ephemeral: boolean }[] = [];
  const server = new Server();
  const log = ({ request }: ServerUnaryCall<LogRequest, Empty>, done: sendUnaryData<Empty>) => {
    const [urn, message] = [request.getUrn(), request.getMessage()];
    lines.push({ urn, message, severity: request.getSeverity(), ephemeral: request.getEphemeral() });
    done(null, new Empty());
  };
  server.addService(EngineService, { log } as UntypedServiceImplementation);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return { address: `127.0.0.1:${port}`, lines, stop: () => server.forceShutdown() };
}

function checked(reply: proto.CheckResponse) {
  return { inputs: fromStruct(reply.getInputs()), failures: failuresOf(reply.getFailuresList()) };
}

function failuresOf(list: proto.CheckFailure[]): { property: string; reason: string }[] {
  return list.map((failure) => ({ property: failure.getProperty(), reason: failure.getReason() }));
}

function ask<Reply>(send: (done: Done<Reply>) => unknown): Promise<Reply> {
  return new Promise((resolve, reject) => send((error, reply) => (error ? reject(error) : resolve(reply))));
}
