import { isDeepStrictEqual } from "node:util";
import type { dynamic } from "@pulumi/pulumi";
import { asSnapstateError } from "../../core/errors";
import { type Context, checkOf, diffOf, type Lifecycle, PartialStateError, type Values } from "../../resources";
import { joinLookups } from "../../schema/lookups";
import {
  CLOSURE,
  fromPulumi,
  isSecret,
  marked,
  OWNER,
  SECRET_INPUTS,
  type Secrets,
  secretsAmong,
  toPulumi,
  unstated,
} from "../pulumi";
import { session } from "./process";

/** The dynamic provider's methods for one lifecycle: translates Pulumi's arguments and results. */
export function handlersFor(lifecycle: Lifecycle) {
  return {
    check: (olds: Values, given: Values): Promise<dynamic.CheckResult> => {
      const news = fromPulumi(given);
      return wrapErrors(news, async () => {
        // Without a previous state Pulumi passes an empty object.
        const previous = Object.keys(own(olds ?? {})).length > 0 ? own(olds) : undefined;
        const plan = await session.check(lifecycle, previous, own(news), contextOf(news));
        const { inputs, failures } = checkOf(plan);
        return { inputs: toPulumi({ ...inputs, [CLOSURE]: news[CLOSURE], ...kept(news) }), failures };
      });
    },

    diff: (id: string, olds: Values, given: Values): Promise<dynamic.DiffResult> => {
      const news = fromPulumi(given);
      return wrapErrors(news, async () => {
        const plan = await session.compare(lifecycle, { id, state: own(olds) }, own(news), contextOf(news));
        const { updates, replaces, deleteBeforeReplace } = diffOf(plan);
        // A state written by the plugin lacks the closure, without which nothing could read or delete it: an update that
        // changes nothing else adds it. Likewise when other inputs have become secret: the update marks the outputs
        // derived from them.
        const moved = olds[CLOSURE] === undefined || !isDeepStrictEqual(olds[SECRET_INPUTS], news[SECRET_INPUTS]);
        return { changes: moved || updates.length + replaces.length > 0, replaces, deleteBeforeReplace };
      });
    },

    create: (inputs: Values): Promise<dynamic.CreateResult> =>
      wrapErrors(inputs, async () => {
        const context = contextOf(inputs);
        const created = await lifecycle.create(own(inputs), context);
        session.notes.noteCreated(context.identity, created);
        return { id: created.id, outs: withSecrets(created.outputs, inputs) };
      }),

    read: (id: string, state: Values): Promise<dynamic.ReadResult> =>
      wrapErrors(state, async () => {
        const result = await lifecycle.read(id, own(state), contextOf(state));
        if (result === undefined) return {};
        const inputs = { ...result.inputs, ...kept(state) };
        return { id: result.id, props: withSecrets(result.outputs, { ...state, ...result.inputs }), inputs };
      }),

    update: (id: string, olds: Values, news: Values): Promise<dynamic.UpdateResult> =>
      wrapErrors(news, async () => {
        const outputs = await lifecycle.update(id, own(olds), own(news), contextOf(news));
        return { outs: withSecrets(outputs, news, unstated(secretsOf(olds), news)) };
      }),

    delete: (id: string, state: Values): Promise<void> =>
      wrapErrors(state, async () => {
        const context = contextOf(state);
        await lifecycle.delete(id, own(state), context);
        session.notes.noteDeleted(context.identity);
      }),
  };
}

function contextOf(values: Values): Context {
  return session.context(typeof values[OWNER] === "string" ? values[OWNER] : undefined);
}

function own(values: Values): Values {
  const { [CLOSURE]: _provider, [SECRET_INPUTS]: _secrets, [OWNER]: _owner, ...rest } = values;
  // A state that the plugin wrote has objects in inputs of their own.
  return joinLookups(rest);
}

/** What belongs to this adapter and not to the lifecycle, and must stay with the resource. */
function kept(values: Values): Values {
  const names = [OWNER, SECRET_INPUTS].filter((name) => values[name] !== undefined);
  return Object.fromEntries(names.map((name) => [name, values[name]]));
}

function secretsOf(values: Values): Secrets {
  return secretsAmong(values, values[SECRET_INPUTS]);
}

/**
 * Marks secrets: Pulumi honours marked outputs of a dynamic provider, although it passes inputs on without marks.
 *
 * @param stated the inputs
 */
function withSecrets(outputs: Values, stated: Values, ...more: Secrets[]): Values {
  const sources = [secretsOf(stated), ...more];
  const all = Object.entries(outputs).map(([key, value]) => [
    key,
    value !== undefined && isSecret(key, value, own(stated), sources) ? marked(value) : value,
  ]);
  return { ...Object.fromEntries(all), ...kept(stated) };
}

/**
 * Failures in the form Pulumi expects: `{id, properties, reasons}` for a partial create, otherwise an error without a
 * stack.
 */
async function wrapErrors<T>(values: Values, work: () => Promise<T>): Promise<T> {
  try {
    return await session.track(work);
  } catch (error) {
    if (error instanceof PartialStateError) {
      const properties = { ...withSecrets(error.outputs, values), [CLOSURE]: values[CLOSURE] };
      throw Object.assign(new Error(error.message), { id: error.id, properties, reasons: error.reasons });
    }
    const plain = new Error(asSnapstateError(error, "snapstate").message);
    // Pulumi prints an error's stack in check, diff, read and delete; its frames do not help a user.
    plain.stack = "";
    throw plain;
  }
}
