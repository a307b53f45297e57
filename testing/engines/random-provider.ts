import { randomInt } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData, status } from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { fromStruct, toStruct } from "../support/protocol";

/*
 * Replaces the plugin of @pulumi/random, which an offline machine cannot download. It serves only RandomPet, over the
 * plugin protocol. An installed Pulumi CLI downloads the real one.
 */

const TYPE = "random:index/randomPet:RandomPet";
const ADJECTIVES =
  "able apt brave brief calm clear crisp deep eager fair fast fine firm fond free fresh glad grand kind keen neat proud quick quiet rapid sharp smart solid sunny swift tidy true warm wise".split(
    " ",
  );
const ANIMALS =
  "ant bat bear bee boar bull carp cat cod cow crab crow deer dog dove duck eel elk emu ewe fawn finch fox frog gnat goat hare hawk hen kid kite lark lion lynx mole moth mule newt owl ox pony puma ram rat seal slug snail swan toad wasp wolf wren yak".split(
    " ",
  );

const pick = (words: string[]) => words[randomInt(words.length)] as string;

type OperationContext<T> = ServerUnaryCall<T, unknown>;
type Done<T> = sendUnaryData<T>;

const handlers = {
  handshake: (_: unknown, done: Done<unknown>) => done({ code: status.UNIMPLEMENTED }),
  getPluginInfo: (_: unknown, done: Done<PluginInfo>) => done(null, new PluginInfo().setVersion("4.0.0")),
  checkConfig: ({ request }: OperationContext<proto.CheckRequest>, done: Done<proto.CheckResponse>) =>
    done(null, new proto.CheckResponse().setInputs(request.getNews())),
  diffConfig: (_: unknown, done: Done<proto.DiffResponse>) => done(null, new proto.DiffResponse()),
  configure: (_: unknown, done: Done<proto.ConfigureResponse>) => done(null, new proto.ConfigureResponse()),
  cancel: (_: unknown, done: Done<Empty>) => done(null, new Empty()),
  check: ({ request }: OperationContext<proto.CheckRequest>, done: Done<proto.CheckResponse>) => {
    const type = request.getUrn().split("::")[2]?.split("$").at(-1);
    if (type === TYPE) return done(null, new proto.CheckResponse().setInputs(request.getNews()));
    done({ code: status.INVALID_ARGUMENT, details: `the stand-in for @pulumi/random has no ${type}` });
  },
  diff: ({ request }: OperationContext<proto.DiffRequest>, done: Done<proto.DiffResponse>) => {
    const [olds, news] = [fromStruct(request.getOldInputs()), fromStruct(request.getNews())];
    const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter(
      (key) => !isDeepStrictEqual(olds[key], news[key]),
    );
    const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;
    const reply = new proto.DiffResponse().setChanges(keys.length > 0 ? DIFF_SOME : DIFF_NONE);
    // Every changed input of a random name replaces it.
    done(null, reply.setReplacesList(keys).setDiffsList(keys));
  },
  create: ({ request }: OperationContext<proto.CreateRequest>, done: Done<proto.CreateResponse>) => {
    const inputs = fromStruct(request.getProperties());
    const id = [pick(ADJECTIVES), pick(ANIMALS)].join("-");
    const outputs = { length: 2, separator: "-", ...inputs, id };
    done(null, new proto.CreateResponse().setId(id).setProperties(toStruct(outputs)));
  },
  read: ({ request }: OperationContext<proto.ReadRequest>, done: Done<proto.ReadResponse>) => {
    const reply = new proto.ReadResponse().setId(request.getId());
    done(null, reply.setProperties(request.getProperties()).setInputs(request.getInputs()));
  },
  delete: (_: unknown, done: Done<Empty>) => done(null, new Empty()),
};

const server = new Server();
server.addService(ResourceProviderService, handlers as unknown as Parameters<Server["addService"]>[1]);
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.stdout.write(`${port}\n`);
});
