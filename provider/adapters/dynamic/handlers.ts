import { isDeepStrictEqual } from "node:util";
import type { dynamic } from "@pulumi/pulumi";
import { asSnapstateError } from "../../core/errors";
import { type Context, type Lifecycle, PartialStateError, type Values } from "../../resources";
import { joinLookups } from "../../schema/lookups";
import { CLOSURE, isSecret, marked, SECRET_INPUTS, type Secrets, secretsAmong, unstated } from "../pulumi";
import { session } from "./process";

/** The dynamic provider's methods for one lifecycle: translates Pulumi's arguments and results. */
export function handlersFor(lifecycle: Lifecycle) {
  return {
    check: (olds: Values, news: Values): Promise<dynamic.CheckResult> =>
      wrapErrors(news, async () => {
        // Without a previous state Pulumi passes an empty object.
        const previous = Object.keys(own(olds ?? {})).length > 0 ? own(olds) : undefined;
        const context = contextOf(news);
        session.noteCheck(context);
        const { inputs, failures, warnings } = await lifecycle.check(previous, own(news), context);
        for (const message of warnings) context.report({ message, severity: "warning" });
        return { inputs: { ...inputs, ...kept(news) }, failures };
      }),

    diff: (id: string, olds: Values, news: Values): Promise<dynamic.DiffResult> =>
      wrapErrors(news, async () => {
        const { updates, replaces, deleteBeforeReplace } = await lifecycle.diff(
          id,
          own(olds),
          own(news),
          session.comparing(contextOf(news)),
        );
        // A state written by the plugin lacks the closure, without which nothing could read or delete it: an update,
        // which
        // changes nothing else, adds it.
        // Likewise when other inputs have become secret: the update marks the outputs derived from them.
        const moved = olds[CLOSURE] === undefined || !isDeepStrictEqual(olds[SECRET_INPUTS], news[SECRET_INPUTS]);
        return { changes: moved || updates.length + replaces.length > 0, replaces, deleteBeforeReplace };
      }),

    create: (inputs: Values): Promise<dynamic.CreateResult> =>
      wrapErrors(inputs, async () => {
        const { id, outputs } = await lifecycle.create(own(inputs), contextOf(inputs));
        return { id, outs: withSecrets(outputs, inputs) };
      }),

    read: (id: string, state: Values): Promise<dynamic.ReadResult> =>
      wrapErrors(state, async () => {
        const result = await lifecycle.read(id, own(state), contextOf(state));
        if (result === undefined) return {};
        const inputs = { ...result.inputs, ...secretInputs(state) };
        return { id: result.id, props: withSecrets(result.outputs, { ...state, ...result.inputs }), inputs };
      }),

    update: (id: string, olds: Values, news: Values): Promise<dynamic.UpdateResult> =>
      wrapErrors(news, async () => {
        const outputs = await lifecycle.update(id, own(olds), own(news), contextOf(news));
        return { outs: withSecrets(outputs, news, unstated(secretsOf(olds), news)) };
      }),

    delete: (id: string, state: Values): Promise<void> =>
      wrapErrors(state, () => lifecycle.delete(id, own(state), contextOf(state))),
  };
}

function contextOf(values: Values): Context {
  return session.context(typeof values.owner === "string" ? values.owner : undefined);
}

function own(values: Values): Values {
  const { [CLOSURE]: _provider, [SECRET_INPUTS]: _secrets, ...rest } = values;
  // A state that the plugin wrote has objects in inputs of their own.
  return joinLookups(rest);
}

/** What belongs to Pulumi and not to the lifecycle, and must stay with the resource. */
function kept(values: Values): Values {
  return { [CLOSURE]: values[CLOSURE], ...secretInputs(values) };
}

function secretInputs(values: Values): Values {
  return values[SECRET_INPUTS] === undefined ? {} : { [SECRET_INPUTS]: values[SECRET_INPUTS] };
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
  return { ...Object.fromEntries(all), ...secretInputs(stated) };
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
