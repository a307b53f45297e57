import type { Lifecycle, Plan, Values } from "../../resources";
import { UNKNOWN } from "../../resources/shared/unknown";
import { outputField } from "../../schema/outputs";

/** What the state will hold, with the protocol's word for what is not known yet. */
export function preview({ known, unknown }: Pick<Plan, "known" | "unknown">): Values {
  return { ...known, ...Object.fromEntries(unknown.map((key) => [key, UNKNOWN])) };
}

/** Outputs that no update in place changes. */
export function stableOutputs({ outputs }: Lifecycle): string[] {
  return Object.keys(outputs).filter((key) => outputField(outputs[key] as string).stable);
}
