import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { MethodDefinition, ServiceDefinition } from "@grpc/grpc-js";
import type { Method, Service, Type } from "protobufjs";
import { packageRoot } from "../../core/package-root";

/** Sent unchanged. */
const PROTOCOL = join(packageRoot(), "provider", "adapters", "terraform");

/** Fields that are not sent have their default, and members of a oneof name the one that is sent. */
const AS_OBJECTS = { longs: Number, enums: Number, defaults: true, oneofs: true };

/** A service by its methods' names. The messages are parsed with the first call: that takes longer than all else before the handshake. */
export function serviceOf(file: string, name: string): ServiceDefinition {
  const text = readFileSync(join(PROTOCOL, file), "utf8");
  let parsed: Service | undefined;
  const messages = (method: string) => {
    parsed ??= protobuf().parse(text).root.lookupService(name);
    return (parsed.methods[method] as Method).resolve() as Method;
  };
  const request = (method: string) => messages(method).resolvedRequestType as Type;
  const response = (method: string) => messages(method).resolvedResponseType as Type;
  const methods = [...text.matchAll(/^ *rpc (\w+)\(/gm)].map(([, method = ""]) => method);
  return Object.fromEntries(
    methods.map((method): [string, MethodDefinition<object, object>] => [
      method,
      {
        path: `/${name}/${method}`,
        requestStream: false,
        responseStream: false,
        requestSerialize: (value) => encoded(request(method), value),
        requestDeserialize: (bytes) => decoded(request(method), bytes),
        responseSerialize: (value) => encoded(response(method), value),
        responseDeserialize: (bytes) => decoded(response(method), bytes),
      },
    ]),
  );
}

function encoded(type: Type, value: object): Buffer {
  return type.encode(type.fromObject(value)).finish() as Buffer;
}

function decoded(type: Type, bytes: Uint8Array): object {
  return type.toObject(type.decode(bytes), AS_OBJECTS);
}

function protobuf(): typeof import("protobufjs") {
  return require("protobufjs");
}
