import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Properties } from "./types";
import { fromStruct, secret, toStruct } from "./values";

/*
 * A provider plugin for the tests: run as an executable, it keeps one thing in the file TEST_PLUGIN_FILE and notes what
 * it is asked in TEST_PLUGIN_LOG.
 */

type Call<Request> = ServerUnaryCall<Request, unknown>;

const log = (text: string) => appendFileSync(process.env.TEST_PLUGIN_LOG ?? "/dev/null", `${text}\n`);
const file = process.env.TEST_PLUGIN_FILE ?? "";
const stored = (): Properties => (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {});
const outputs = (inputs: Properties) => toStruct({ ...inputs, secretKey: secret("made by the plugin") });

const handlers = {
  handshake: (_: unknown, done: sendUnaryData<unknown>) => {
    const reply = new proto.ProviderHandshakeResponse();
    reply.setAcceptSecrets(true);
    done(null, reply);
  },
  checkConfig: (call: Call<proto.CheckRequest>, done: sendUnaryData<unknown>) => {
    const reply = new proto.CheckResponse();
    reply.setInputs(call.request.getNews());
    done(null, reply);
  },
  diffConfig: (call: Call<proto.DiffRequest>, done: sendUnaryData<unknown>) => {
    const [olds, news] = [fromStruct(call.request.getOldInputs()), fromStruct(call.request.getNews())];
    const reply = new proto.DiffResponse();
    const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;
    reply.setChanges(olds.region === news.region ? DIFF_NONE : DIFF_SOME);
    done(null, reply);
  },
  configure: (call: Call<proto.ConfigureRequest>, done: sendUnaryData<unknown>) => {
    log(`configure ${JSON.stringify(fromStruct(call.request.getArgs()))}`);
    done(null, new proto.ConfigureResponse());
  },
  check: (call: Call<proto.CheckRequest>, done: sendUnaryData<unknown>) => {
    const reply = new proto.CheckResponse();
    reply.setInputs(call.request.getNews());
    done(null, reply);
  },
  diff: (call: Call<proto.DiffRequest>, done: sendUnaryData<unknown>) => {
    const [olds, news] = [fromStruct(call.request.getOldInputs()), fromStruct(call.request.getNews())];
    const reply = new proto.DiffResponse();
    const changed = JSON.stringify(olds.size) !== JSON.stringify(news.size);
    const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;
    reply.setChanges(changed ? DIFF_SOME : DIFF_NONE);
    reply.setHasdetaileddiff(true);
    if (changed) {
      const entry = new proto.PropertyDiff();
      entry.setKind(proto.PropertyDiff.Kind.UPDATE);
      entry.setInputdiff(true);
      reply.getDetaileddiffMap().set("size", entry);
      reply.setDiffsList(["size"]);
    }
    done(null, reply);
  },
  create: (call: Call<proto.CreateRequest>, done: sendUnaryData<unknown>) => {
    const { request } = call;
    const inputs = fromStruct(request.getProperties());
    log(`create preview=${request.getPreview()} timeout=${request.getTimeout()} ${JSON.stringify(inputs)}`);
    // As often as the file says, a create fails.
    const left = Number(stored().failures ?? 0);
    if (left > 0 && !request.getPreview()) {
      writeFileSync(file, JSON.stringify({ failures: left - 1 }));
      return done({ code: status.UNKNOWN, details: "the plugin says no" });
    }
    if (!request.getPreview()) writeFileSync(file, JSON.stringify({ size: inputs.size ?? null }));
    const reply = new proto.CreateResponse();
    reply.setId(request.getPreview() ? "" : "thing-1");
    reply.setProperties(outputs(inputs));
    reply.setRefreshBeforeUpdate(true);
    done(null, reply);
  },
  read: (call: Call<proto.ReadRequest>, done: sendUnaryData<unknown>) => {
    const { request } = call;
    log(`read ${request.getId()} properties=${request.hasProperties()} inputs=${request.hasInputs()}`);
    const inputs = { ...fromStruct(request.getInputs()), ...stored() };
    const reply = new proto.ReadResponse();
    reply.setId(request.getId());
    reply.setInputs(toStruct(inputs));
    reply.setProperties(outputs(inputs));
    reply.setRefreshBeforeUpdate(true);
    done(null, reply);
  },
  update: (call: Call<proto.UpdateRequest>, done: sendUnaryData<unknown>) => {
    const news = fromStruct(call.request.getNews());
    log(`update preview=${call.request.getPreview()}`);
    if (!call.request.getPreview()) writeFileSync(file, JSON.stringify({ size: news.size ?? null }));
    const reply = new proto.UpdateResponse();
    reply.setProperties(outputs(news));
    reply.setRefreshBeforeUpdate(true);
    done(null, reply);
  },
  delete: (_: unknown, done: sendUnaryData<unknown>) => {
    log("delete");
    done(null, new Empty());
  },
  invoke: (call: Call<proto.InvokeRequest>, done: sendUnaryData<unknown>) => {
    const reply = new proto.InvokeResponse();
    reply.setReturn(toStruct({ value: Number(fromStruct(call.request.getArgs()).value) * 2 }));
    done(null, reply);
  },
  cancel: (_: unknown, done: sendUnaryData<unknown>) => {
    log("cancel");
    done(null, new Empty());
  },
};

const server = new Server();
server.addService(ResourceProviderService, handlers as unknown as UntypedServiceImplementation);
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.stdout.write(`${port}\n`);
});
