import { type ZodType, z } from "zod";

/** One output of a resource that is not also an input. */
export interface OutputField {
  schema: ZodType;
  description: string;
  /** No update in place changes it, so a preview may rely on it. @default false */
  stable?: boolean;
  /** Inputs that it depends on: an update of other inputs does not change it. */
  follows?: readonly string[];
  /** All values of a string, for the TypeScript package. @default any string */
  values?: readonly string[];
  /** State for the lifecycle's next call only; in no schema and on no page. @default false */
  internal?: boolean;
}

/** Outputs by name. A description alone means a string that is always present. */
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
