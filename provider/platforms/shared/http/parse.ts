import type { ZodType } from "zod";
import { SnapstateError } from "../../../core/errors";
import type { OperationContext } from "../../../core/operation";

/** Error text for a body that does not match the platform's documentation. */
export interface ParseWords {
  detail: string;
  hint: string;
  requestId?: string;
}

/** Parses a JSON body; an empty one is `null`. @throws SnapstateError `protocol` when it is not of that shape */
export function parseBody<T>(schema: ZodType<T>, text: string, words: ParseWords, { operation }: OperationContext): T {
  try {
    return schema.parse(text.trim() === "" ? null : JSON.parse(text));
  } catch {
    throw new SnapstateError({ kind: "protocol", operation, ...words });
  }
}
