import { SnapstateError } from "./snapstate-error";

/**
 * A text as one part of a URL or of an id. Its words are not in the error, since it may be a key.
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
      hint: "Write it anew; it was probably cut in the middle of a character",
      cause,
    });
  }
}

/** Whether UTF-8 can hold a text: not with half a surrogate pair in it. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}
