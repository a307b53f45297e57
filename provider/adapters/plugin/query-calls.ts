import { type ServerWritableStream, status } from "@grpc/grpc-js";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { redact, unknownName } from "../../core/errors";
import { type Query, type QueryName, queries } from "../../resources";
import { listFields } from "../../resources/queries/list-snapshots";
import { checkFields } from "../../schema/fields";
import { hasUnknown, UNKNOWN } from "../../schema/unknown";
import { badRequest, refused, serviceError } from "./failures";
import { checkFailure } from "./resource-calls";
import type { PluginState } from "./state";
import { lifecycleOf, nameOf } from "./tokens";
import { received, sent } from "./wire";

/** Read-only calls: functions, and the list of importable resources. */
export function queryCalls(state: PluginState) {
  return {
    invoke: async (request: proto.InvokeRequest): Promise<proto.InvokeResponse> => {
      const query = queryFor(request.getTok());
      const args = received(request.getArgs());
      const { inputs, failures } = checkFields(query.fields, args.values);
      const reply = new proto.InvokeResponse();
      reply.setFailuresList(failures.map((failure) => checkFailure(failure, args)));
      if (failures.length > 0) return reply;
      // Arguments that depend on a later update are not known yet.
      if (hasUnknown(inputs)) {
        reply.setReturn(sent(Object.fromEntries(Object.keys(query.outputs).map((name) => [name, UNKNOWN])), {}));
        return reply;
      }
      const { session } = state;
      try {
        reply.setReturn(
          sent(await session.track(() => query.run(inputs, session.context(undefined))), {}, args.secrets),
        );
        return reply;
      } catch (error) {
        throw serviceError(error, (values) => sent(values, {}, args.secrets));
      }
    },

    list: async (call: ServerWritableStream<proto.ListRequest, proto.ListResponse>): Promise<void> => {
      const { request } = call;
      const token = request.getToken();
      const lifecycle = lifecycleOf(token);
      if (lifecycle?.list === undefined) {
        throw refused(status.UNIMPLEMENTED, `${JSON.stringify(token)} has no list of importable resources`);
      }
      const { inputs, failures } = checkFields(listFields, received(request.getQuery()).values);
      if (failures.length > 0) {
        const text = failures.map(({ property, reason }) => `${property} ${reason}`).join("; ");
        throw refused(status.INVALID_ARGUMENT, redact(text));
      }
      const from = offsetOf(request.getContinuationToken());
      const limit = request.getLimit() > 0 ? request.getLimit() : Number.POSITIVE_INFINITY;
      const page = request.getPageSize() > 0 ? request.getPageSize() : Number.POSITIVE_INFINITY;
      const { session } = state;
      await session.track(async () => {
        let index = 0;
        for await (const { id, name } of lifecycle.list?.(inputs, session.context(undefined)) ?? []) {
          if (index++ < from) continue;
          const sentBefore = index - 1 - from;
          if (sentBefore >= limit) return;
          if (sentBefore >= page) return void call.write(continuation(from + sentBefore));
          call.write(result(id, name));
        }
      });
    },
  };
}

function queryFor(token: string): Query {
  const name = nameOf(token);
  if (name !== undefined && Object.hasOwn(queries, name)) return queries[name as QueryName];
  const reason = unknownName(name ?? token, Object.keys(queries), "function of snapstate");
  throw refused(status.NOT_FOUND, `${JSON.stringify(token)} ${reason}`);
}

function offsetOf(token: string): number {
  if (token === "") return 0;
  if (/^\d{1,9}$/.test(token)) return Number(token);
  throw badRequest("list", `${JSON.stringify(token)} is not a continuation token of this plugin`);
}

function result(id: string, name: string): proto.ListResponse {
  const one = new proto.ListResponse.Result();
  one.setId(id);
  one.setName(name);
  return new proto.ListResponse().setResult(one);
}

function continuation(offset: number): proto.ListResponse {
  const next = new proto.ListResponse.Continuation();
  next.setContinuationToken(String(offset));
  return new proto.ListResponse().setContinuation(next);
}
