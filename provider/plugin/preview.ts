import type { Lifecycle, Plan, Values } from "../resources";
import { outputField } from "../resources/core/outputs";
import { UNKNOWN } from "../resources/core/unknown";

/** What the state will hold, with the protocol's word for what is not known yet. */
export function preview({ known, unknown }: Pick<Plan, "known" | "unknown">): Values {
  return { ...known, ...Object.fromEntries(unknown.map((key) => [key, UNKNOWN])) };
}

/** Outputs that no update in place changes. */
export function stableOutputs({ outputs }: Lifecycle): string[] {
  return Object.keys(outputs).filter((key) => outputField(outputs[key] as string).stable);
}
