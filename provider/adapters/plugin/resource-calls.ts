import { status } from "@grpc/grpc-js";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { redact, unknownName } from "../../core/errors";
import {
  type CheckFailure,
  type Context,
  checkOf,
  diffOf,
  type Lifecycle,
  lifecycles,
  plannedOutputs,
  type Values,
} from "../../resources";
import { outsideName } from "../../schema/lookups";
import { type Secrets, unstated } from "../pulumi";
import { badRequest, refused, serviceError } from "./failures";
import { preview, stableOutputs } from "./preview";
import { detailedDiff } from "./property-diff";
import type { PluginState } from "./state";
import { lifecycleOf, nameOf, tokenOf, typeOfUrn } from "./tokens";
import { type Received, received, sent } from "./wire";

/** Identifies the resource of a request. */
interface Subject {
  getUrn(): string;
  getType(): string;
  getTimeout?(): number;
}

/** The calls about resources: translates the engine's requests for the lifecycles, and the results back. */
export function resourceCalls(state: PluginState) {
  return {
    check: async (request: proto.CheckRequest): Promise<proto.CheckResponse> => {
      const [olds, news] = [received(request.getOlds()), received(request.getNews())];
      return about(request, [olds, news], async (lifecycle, context) => {
        const previous = request.getOlds() === undefined || isEmpty(olds.values) ? undefined : olds.values;
        const { inputs, failures } = checkOf(await state.session.check(lifecycle, previous, news.values, context));
        const reply = new proto.CheckResponse();
        reply.setInputs(sent(inputs, news.values, news.secrets));
        reply.setFailuresList(failures.map((failure) => checkFailure(failure, news)));
        return reply;
      });
    },

    diff: async (request: proto.DiffRequest): Promise<proto.DiffResponse> => {
      const [oldInputs, olds, news] = [request.getOldInputs(), request.getOlds(), request.getNews()].map(received) as [
        Received,
        Received,
        Received,
      ];
      return about(request, [olds, news], async (lifecycle, context) => {
        const prior = { id: idOf(request), inputs: oldInputs.values, state: olds.values };
        const diff = diffOf(await state.session.compare(lifecycle, prior, news.values, context));
        const reply = new proto.DiffResponse();
        const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;
        const keys = [...diff.updates, ...diff.replaces];
        reply.setChanges(keys.length > 0 ? DIFF_SOME : DIFF_NONE);
        const outside = (key: string) => outsideName(key, news.values);
        reply.setReplacesList(diff.replaces.map(outside));
        reply.setDiffsList(keys.map(outside));
        reply.setDeletebeforereplace(diff.deleteBeforeReplace);
        if (diff.replaces.length === 0) reply.setStablesList(stableOutputs(lifecycle));
        const map = reply.getDetaileddiffMap();
        for (const [path, entry] of detailedDiff(diff, oldInputs.values, olds.values, news.values))
          map.set(outside(path), entry);
        reply.setHasdetaileddiff(true);
        return reply;
      });
    },

    create: async (request: proto.CreateRequest): Promise<proto.CreateResponse> => {
      const inputs = received(request.getProperties());
      return about(request, [inputs], async (lifecycle, context) => {
        const reply = new proto.CreateResponse();
        reply.setRefreshBeforeUpdate?.(true);
        if (request.getPreview()) {
          const outputs = preview(plannedOutputs(lifecycle, "create", undefined, inputs.values, []));
          reply.setProperties(sent(outputs, inputs.values, inputs.secrets));
          return reply;
        }
        const created = await lifecycle.create(inputs.values, context);
        const { id, outputs } = created;
        state.session.notes.noteCreated(context.identity, created);
        reply.setId(id);
        reply.setProperties(sent(outputs, inputs.values, inputs.secrets));
        return reply;
      });
    },

    read: async (request: proto.ReadRequest): Promise<proto.ReadResponse> => {
      // An import has neither properties nor inputs, only the id.
      const [known, inputs] = [received(request.getProperties()), received(request.getInputs())];
      const values = isEmpty(known.values) ? inputs.values : known.values;
      return about(request, [known, inputs], async (lifecycle, context) => {
        const reply = new proto.ReadResponse();
        reply.setRefreshBeforeUpdate?.(true);
        const result = await lifecycle.read(idOf(request), values, context);
        if (result === undefined) return reply;
        if (isEmpty(known.values)) state.session.notes.noteImported(context.identity);
        reply.setId(result.id);
        reply.setProperties(sent(result.outputs, inputs.values, known.secrets, inputs.secrets));
        reply.setInputs(sent(result.inputs, inputs.values, known.secrets, inputs.secrets));
        return reply;
      });
    },

    update: async (request: proto.UpdateRequest): Promise<proto.UpdateResponse> => {
      const [olds, news] = [received(request.getOlds()), received(request.getNews())];
      return about(request, [olds, news], async (lifecycle, context) => {
        const reply = new proto.UpdateResponse();
        reply.setRefreshBeforeUpdate?.(true);
        const id = idOf(request);
        const prior = { id, state: olds.values };
        const outputs = request.getPreview()
          ? preview(await state.session.compare(lifecycle, prior, news.values, context))
          : await lifecycle.update(id, olds.values, news.values, context);
        // A value that is no longer secret must become readable, so where the new inputs state a value, they decide.
        reply.setProperties(sent(outputs, news.values, news.secrets, unstated(olds.secrets, news.values)));
        return reply;
      });
    },

    delete: async (request: proto.DeleteRequest): Promise<Empty> => {
      const known = received(request.getProperties());
      return about(request, [known], async (lifecycle, context) => {
        await lifecycle.delete(idOf(request), known.values, context);
        state.session.notes.noteDeleted(context.identity);
        return new Empty();
      });
    },
  };

  /** Runs one call about a resource; a failure is returned in the protocol's form, with secrets still marked. */
  async function about<T>(
    request: Subject,
    sources: Received[],
    work: (lifecycle: Lifecycle, context: Context) => Promise<T>,
  ): Promise<T> {
    const lifecycle = lifecycleFor(request);
    const seconds = request.getTimeout?.() ?? 0;
    const { session } = state;
    const context = session.context(request.getUrn() || undefined, seconds > 0 ? seconds * 1000 : undefined);
    try {
      return await session.track(() => work(lifecycle, context));
    } catch (error) {
      throw serviceError(error, (values: Values) => sent(values, ...statedAmong(sources)));
    }
  }
}

/** The last of a call's values are the inputs. */
function statedAmong(sources: Received[]): [Values, ...Secrets[]] {
  return [sources.at(-1)?.values ?? {}, ...sources.map(({ secrets }) => secrets)];
}

function lifecycleFor(request: Subject): Lifecycle {
  const token = request.getType() || typeOfUrn(request.getUrn());
  const lifecycle = lifecycleOf(token);
  if (lifecycle) return lifecycle;
  const last = token.split(":").at(-1) ?? token;
  const reason = Object.hasOwn(lifecycles, last)
    ? `is in another module; did you mean ${tokenOf(last)}?`
    : unknownName(nameOf(token) ?? token, Object.keys(lifecycles), "resource of snapstate");
  throw refused(status.NOT_FOUND, `${JSON.stringify(token)} ${reason}`);
}

function idOf(request: Subject & { getId(): string }): string {
  if (request.getId() === "") throw badRequest(`call about ${request.getUrn()}`, "the request has no id");
  return request.getId();
}

/** A check failure on its property. A reason that quotes the value is withheld when the value is secret. */
export function checkFailure({ property, reason }: CheckFailure, news: Received): proto.CheckFailure {
  const [key = property] = property.split(/[.[]/);
  const failure = new proto.CheckFailure();
  failure.setProperty(outsideName(property, news.values));
  failure.setReason(redact(news.secrets.has(key) ? reason.replace(/ \(got .*\)$/s, "") : reason));
  return failure;
}

function isEmpty(values: Values): boolean {
  return Object.keys(values).length === 0;
}
