import { redact } from "./redact";

/** Longest excerpt of a platform's text in one message, in characters. */
const LONGEST = 2000;
// Terminal escape sequences begin with these, and the last ones reverse the writing direction.
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern to find
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Makes a text from outside safe for a terminal and a log: control characters escaped, secrets redacted, cut to 2,000
 * characters.
 */
export function printable(text: string): string {
  // Redact before cutting: a cut could leave half a secret.
  const clean = redact(text).replace(CONTROL, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return clean.length > LONGEST ? `${clean.slice(0, LONGEST)}…` : clean;
}
