import type { Lifecycle, Plan, Values } from "../../resources";
import { outputField } from "../../schema/outputs";
import { UNKNOWN } from "../../schema/unknown";

/** The planned state, with the protocol's marker for values that are not known yet. */
export function preview({ known, unknown }: Pick<Plan, "known" | "unknown">): Values {
  return { ...known, ...Object.fromEntries(unknown.map((key) => [key, UNKNOWN])) };
}

/** Outputs that no update in place changes. */
export function stableOutputs({ outputs }: Lifecycle): string[] {
  return Object.keys(outputs).filter((key) => outputField(outputs[key] as string).stable);
}
