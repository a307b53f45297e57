import { type ZodType, z } from "zod";

/** One output of a resource that is no input. */
export interface OutputField {
  schema: ZodType;
  description: string;
  /** An update in place never changes it, so a preview may count on it. @default false */
  stable?: boolean;
}

/** Outputs by name. A description alone stands for a text that is always there. */
export type OutputTable = Readonly<Record<string, string | OutputField>>;

export const stableText = (description: string): OutputField => ({ schema: z.string(), description, stable: true });
export const flag = (description: string): OutputField => ({ schema: z.boolean(), description });
export const wholeNumber = (description: string): OutputField => ({ schema: z.int(), description });
export const texts = (description: string): OutputField => ({ schema: z.array(z.string()), description });

/** An entry of the table in its full form. */
export function outputField(entry: string | OutputField): OutputField {
  return typeof entry === "string" ? { schema: z.string(), description: entry } : entry;
}
