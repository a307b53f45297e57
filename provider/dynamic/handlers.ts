import type { dynamic } from "@pulumi/pulumi";
import { asSnapstateError } from "../errors";
import { CLOSURE } from "../faces";
import { type Context, type Lifecycle, PartialStateError, type Values } from "../resources";
import { session } from "./process";

/** The dynamic provider's methods for one lifecycle: what Pulumi passes, turned into what the lifecycle takes. */
export function handlersFor(lifecycle: Lifecycle) {
  return {
    check: (olds: Values, news: Values): Promise<dynamic.CheckResult> =>
      told(news, async () => {
        // Without a previous state Pulumi passes an empty object.
        const previous = Object.keys(own(olds ?? {})).length > 0 ? own(olds) : undefined;
        const context = contextOf(news);
        const { inputs, failures, warnings } = await lifecycle.check(previous, own(news), context);
        for (const message of warnings) context.report({ message, severity: "warning" });
        return { inputs: { ...inputs, [CLOSURE]: news[CLOSURE] }, failures };
      }),

    diff: (id: string, olds: Values, news: Values): Promise<dynamic.DiffResult> =>
      told(news, async () => {
        const { updates, replaces, deleteBeforeReplace } = await lifecycle.diff(
          id,
          own(olds),
          own(news),
          contextOf(news),
        );
        // A state that the plugin wrote lacks the closure, without which nothing could read or delete it: an update, which
        // finds nothing to do, brings it in.
        const moved = olds[CLOSURE] === undefined;
        return { changes: moved || updates.length + replaces.length > 0, replaces, deleteBeforeReplace };
      }),

    create: (inputs: Values): Promise<dynamic.CreateResult> =>
      told(inputs, async () => {
        const { id, outputs } = await lifecycle.create(own(inputs), contextOf(inputs));
        return { id, outs: outputs };
      }),

    read: (id: string, state: Values): Promise<dynamic.ReadResult> =>
      told(state, async () => {
        const result = await lifecycle.read(id, own(state), contextOf(state));
        return result ? { id: result.id, props: result.outputs, inputs: result.inputs } : {};
      }),

    update: (id: string, olds: Values, news: Values): Promise<dynamic.UpdateResult> =>
      told(news, async () => ({ outs: await lifecycle.update(id, own(olds), own(news), contextOf(news)) })),

    delete: (id: string, state: Values): Promise<void> =>
      told(state, () => lifecycle.delete(id, own(state), contextOf(state))),
  };
}

function contextOf(values: Values): Context {
  return session.context(typeof values.owner === "string" ? values.owner : undefined);
}

function own(values: Values): Values {
  const { [CLOSURE]: _provider, ...rest } = values;
  return rest;
}

/** Failures in the form Pulumi expects: `{id, properties, reasons}` for what was begun, an error without a stack otherwise. */
async function told<T>(values: Values, work: () => Promise<T>): Promise<T> {
  try {
    return await session.track(work);
  } catch (error) {
    if (error instanceof PartialStateError) {
      const properties = { ...error.outputs, [CLOSURE]: values[CLOSURE] };
      throw Object.assign(new Error(error.message), { id: error.id, properties, reasons: error.reasons });
    }
    const plain = new Error(asSnapstateError(error, "snapstate").message);
    // Pulumi prints the stack of errors in check, diff, read and delete; its frames say nothing to a user.
    plain.stack = "";
    throw plain;
  }
}
