import { redact } from "./redact";

/** Characters of a text of a platform's that go into one message. */
const LONGEST = 2000;
// Escape sequences of terminals begin with them, and the last ones turn the direction of writing.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/**
 * A text that somebody else wrote, fit for a terminal and a log: control characters as escapes, secrets taken out, cut to
 * 2,000 characters.
 */
export function printable(text: string): string {
  // Redacted before it is cut, which could leave half a secret.
  const clean = redact(text).replace(CONTROL, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return clean.length > LONGEST ? `${clean.slice(0, LONGEST)}…` : clean;
}
