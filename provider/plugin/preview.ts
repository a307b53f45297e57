import type { DiffResult, Lifecycle, Values } from "../resources";
import { outputField } from "../resources/core/outputs";
import { UNKNOWN } from "../resources/core/unknown";

/** What a create will leave in the state, as far as it can be known before: the inputs, and everything else unknown. */
export function previewCreate({ fields, outputs }: Lifecycle, inputs: Values): Values {
  const preview: Values = {};
  for (const [key, field] of Object.entries(fields)) if (field.known) preview[key] = UNKNOWN;
  for (const key of Object.keys(outputs)) preview[key] = UNKNOWN;
  return { ...preview, ...defined(inputs) };
}

/** What an update will leave: the new inputs, what an update never changes, and everything else unknown. */
export function previewUpdate(lifecycle: Lifecycle, state: Values, news: Values, diff: DiffResult): Values {
  const preview = previewCreate(lifecycle, news);
  for (const [key, entry] of Object.entries(lifecycle.outputs)) {
    if (outputField(entry).stable && state[key] !== undefined) preview[key] = state[key];
  }
  for (const [key, field] of Object.entries(lifecycle.fields)) {
    if (field.known && news[key] === undefined && !diff.updates.includes(key)) preview[key] = state[key];
  }
  return preview;
}

/** Outputs that no update in place changes. */
export function stableOutputs({ outputs }: Lifecycle): string[] {
  return Object.keys(outputs).filter((key) => outputField(outputs[key] as string).stable);
}

function defined(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null));
}
