import type { ZodType } from "zod";
import { SnapstateError } from "../errors";
import type { Call } from "../waiting";

/** What to say of a body that is not what the platform documents. */
export interface ParseWords {
  answered: string;
  hint: string;
  requestId?: string;
}

/** Reads a JSON body; an empty one is `null`. @throws SnapstateError `protocol` when it is not of that shape */
export function parseBody<T>(schema: ZodType<T>, text: string, words: ParseWords, { doing }: Call): T {
  try {
    return schema.parse(text.trim() === "" ? null : JSON.parse(text));
  } catch {
    throw new SnapstateError({ kind: "protocol", doing, ...words });
  }
}
