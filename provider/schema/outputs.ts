import { type ZodType, z } from "zod";

/** One output of a resource that is no input. */
export interface OutputField {
  schema: ZodType;
  description: string;
  /** An update in place never changes it, so a preview may count on it. @default false */
  stable?: boolean;
  /** Inputs that it follows from: an update in place of others leaves it is. */
  follows?: readonly string[];
  /** Only for the lifecycle's next call: in the state, and in no schema and no page. @default false */
  internal?: boolean;
}

/** Outputs by name. A description alone stands for a text that is always there. */
export type OutputTable = Readonly<Record<string, string | OutputField>>;

export const stableText = (description: string): OutputField => ({ schema: z.string(), description, stable: true });
export const internalText = (description: string): OutputField => ({ ...stableText(description), internal: true });
export const flag = (description: string): OutputField => ({ schema: z.boolean(), description });
export const wholeNumber = (description: string): OutputField => ({ schema: z.int(), description });
export const texts = (description: string): OutputField => ({ schema: z.array(z.string()), description });

/** The outputs that users see. */
export function publicOutputs(outputs: OutputTable): OutputTable {
  return Object.fromEntries(Object.entries(outputs).filter(([, entry]) => !outputField(entry).internal));
}

/** An entry of the table in its full form. */
export function outputField(entry: string | OutputField): OutputField {
  return typeof entry === "string" ? { schema: z.string(), description: entry } : entry;
}
