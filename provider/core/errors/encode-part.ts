import { SnapstateError } from "./snapstate-error";

/**
 * Encodes a text as one part of a URL or an id. The text may be a key, so the error does not quote it.
 *
 * @throws SnapstateError `bad-input` for half a surrogate pair, which UTF-8 cannot hold
 */
export function encodePart(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch (cause) {
    throw new SnapstateError({
      kind: "bad-input",
      operation: "write a name or an id into a request",
      detail: "it has half of a surrogate pair, which is no character",
      hint: "Enter it again; it was probably cut in the middle of a character",
      cause,
    });
  }
}

/** Whether UTF-8 can hold a text: it has no unpaired surrogate. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}
