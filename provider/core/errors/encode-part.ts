import { SnapstateError } from "./snapstate-error";

/**
 * Encodes a text as one part of a URL or an id. The text may be a key, so the error does not quote it.
 *
 * @throws SnapstateError `bad-input` for an unpaired surrogate, which UTF-8 cannot encode
 */
export function encodePart(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch (cause) {
    throw new SnapstateError({
      kind: "bad-input",
      operation: "encode a name or an id in a request",
      detail: "it has an unpaired surrogate, which is not a character",
      hint: "Enter it again; it was probably cut in the middle of a character",
      cause,
    });
  }
}

/** Whether UTF-8 can encode a text: it has no unpaired surrogate. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}
