import { randomBytes, randomInt } from "node:crypto";
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData, status } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Properties } from "./types";
import { fromStruct, same, toStruct } from "./values";

/*
 * Stands in for the plugin of @pulumi/random, which is downloaded and so cannot be had on an offline machine. It serves
 * RandomPet, RandomId and RandomString over the same protocol; the real plugin is used with the real CLI.
 */

const ADJECTIVES =
  "able apt brave brief calm clear crisp deep eager fair fast fine firm fond free fresh glad grand kind keen neat proud quick quiet rapid sharp smart solid sunny swift tidy true warm wise".split(
    " ",
  );
const ANIMALS =
  "ant bat bear bee boar bull carp cat cod cow crab crow deer dog dove duck eel elk emu ewe fawn finch fox frog gnat goat hare hawk hen kid kite lark lion lynx mole moth mule newt owl ox pony puma ram rat seal slug snail swan toad wasp wolf wren yak".split(
    " ",
  );
const ADVERBS =
  "aptly boldly calmly deeply duly fairly finely firmly gently highly kindly likely lively neatly openly really safely simply surely truly vastly warmly wholly widely".split(
    " ",
  );

const pick = (words: string[]) => words[randomInt(words.length)] as string;

const CLASSES = [
  { name: "lower", minimum: "minLower", letters: "abcdefghijklmnopqrstuvwxyz" },
  { name: "upper", minimum: "minUpper", letters: "ABCDEFGHIJKLMNOPQRSTUVWXYZ" },
  { name: "numeric", minimum: "minNumeric", letters: "0123456789" },
  { name: "special", minimum: "minSpecial", letters: "!@#$%&*()-_=+[]{}<>:?" },
];

type Made = { id: string; outputs: Properties };

const makers: Record<string, (inputs: Properties) => Made> = {
  "random:index/randomPet:RandomPet": (inputs) => {
    const length = Number(inputs.length ?? 2);
    const separator = String(inputs.separator ?? "-");
    const adverbs = Array.from({ length: Math.max(0, length - 2) }, () => pick(ADVERBS));
    const words = [...adverbs, ...(length > 1 ? [pick(ADJECTIVES)] : []), pick(ANIMALS)];
    const id = [...(inputs.prefix ? [String(inputs.prefix)] : []), ...words].join(separator);
    return { id, outputs: { ...inputs, length, separator } };
  },
  "random:index/randomId:RandomId": (inputs) => {
    const bytes = randomBytes(Number(inputs.byteLength));
    const prefix = String(inputs.prefix ?? "");
    const id = bytes.toString("base64url");
    return {
      id,
      outputs: {
        ...inputs,
        b64Std: prefix + bytes.toString("base64"),
        b64Url: prefix + id,
        hex: prefix + bytes.toString("hex"),
        dec: prefix + BigInt(`0x0${bytes.toString("hex")}`).toString(),
      },
    };
  },
  "random:index/randomString:RandomString": (inputs) => {
    const length = Number(inputs.length);
    const classes = CLASSES.map(({ name, minimum, letters }) => ({
      on: inputs[name] !== false,
      least: Number(inputs[minimum] ?? 0),
      letters: name === "special" && inputs.overrideSpecial ? String(inputs.overrideSpecial) : letters,
    }));
    const letter = (from: string) => from[randomInt(from.length)] as string;
    const asked = classes.flatMap(({ least, letters }) => Array.from({ length: least }, () => letter(letters)));
    const alphabet = classes.map(({ on, letters }) => (on ? letters : "")).join("");
    while (asked.length < length) asked.push(letter(alphabet));
    for (let i = asked.length - 1; i > 0; i--) {
      const j = randomInt(i + 1);
      [asked[i], asked[j]] = [asked[j] as string, asked[i] as string];
    }
    const result = asked.join("");
    const defaults = Object.fromEntries(
      CLASSES.flatMap(({ name, minimum }) => [
        [name, true],
        [minimum, 0],
      ]),
    );
    return { id: result, outputs: { ...defaults, ...inputs, result } };
  },
};

const REQUIRED: Record<string, string | undefined> = {
  "random:index/randomId:RandomId": "byteLength",
  "random:index/randomString:RandomString": "length",
};

type Call<T> = ServerUnaryCall<T, unknown>;

const handlers = {
  handshake: (_: unknown, done: sendUnaryData<unknown>) => done({ code: status.UNIMPLEMENTED }),
  checkConfig: (call: Call<proto.CheckRequest>, done: sendUnaryData<proto.CheckResponse>) =>
    done(null, new proto.CheckResponse().setInputs(call.request.getNews())),
  diffConfig: (_: unknown, done: sendUnaryData<proto.DiffResponse>) => done(null, new proto.DiffResponse()),
  configure: (_: unknown, done: sendUnaryData<proto.ConfigureResponse>) => done(null, new proto.ConfigureResponse()),
  cancel: (_: unknown, done: sendUnaryData<Empty>) => done(null, new Empty()),
  check: (call: Call<proto.CheckRequest>, done: sendUnaryData<proto.CheckResponse>) => {
    const reply = new proto.CheckResponse().setInputs(call.request.getNews());
    const type = call.request.getType();
    const required = REQUIRED[type];
    if (makers[type] === undefined) {
      return done({ code: status.INVALID_ARGUMENT, details: `the stand-in for @pulumi/random has no ${type}` });
    }
    if (required !== undefined && fromStruct(call.request.getNews())[required] === undefined) {
      reply.addFailures(new proto.CheckFailure().setProperty(required).setReason("Missing required argument"));
    }
    done(null, reply);
  },
  diff: (call: Call<proto.DiffRequest>, done: sendUnaryData<proto.DiffResponse>) => {
    const olds = fromStruct(call.request.getOldInputs());
    const news = fromStruct(call.request.getNews());
    const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter(
      (key) => !same(olds[key], news[key]),
    );
    const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;
    // Every input of these resources forces a new value.
    done(
      null,
      new proto.DiffResponse()
        .setChanges(keys.length > 0 ? DIFF_SOME : DIFF_NONE)
        .setReplacesList(keys)
        .setDiffsList(keys),
    );
  },
  create: (call: Call<proto.CreateRequest>, done: sendUnaryData<proto.CreateResponse>) => {
    const make = makers[call.request.getType()];
    if (make === undefined) return done({ code: status.INVALID_ARGUMENT, details: "unknown type" });
    const { id, outputs } = make(fromStruct(call.request.getProperties()));
    done(null, new proto.CreateResponse().setId(id).setProperties(toStruct({ ...outputs, id })));
  },
  read: (call: Call<proto.ReadRequest>, done: sendUnaryData<proto.ReadResponse>) =>
    done(
      null,
      new proto.ReadResponse()
        .setId(call.request.getId())
        .setProperties(call.request.getProperties())
        .setInputs(call.request.getInputs()),
    ),
  update: (call: Call<proto.UpdateRequest>, done: sendUnaryData<proto.UpdateResponse>) =>
    done(null, new proto.UpdateResponse().setProperties(call.request.getOlds())),
  delete: (_: unknown, done: sendUnaryData<Empty>) => done(null, new Empty()),
};

/** Serves the stand-in on a free port of the loopback. */
export async function startRandomProvider(): Promise<{ address: string; stop(): void }> {
  const server = new Server();
  server.addService(ResourceProviderService, handlers as unknown as Parameters<Server["addService"]>[1]);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { address: `127.0.0.1:${port}`, stop: () => server.forceShutdown() };
}
