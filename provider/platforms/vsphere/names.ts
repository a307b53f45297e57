/*
 * Names on the wire. The vim25 documentation of CreateSnapshotEx_Task says that `%`, `/` and `\` in a name are escaped as
 * `%25`, `%2f` and `%5c`, and that a `%` that begins no escape must be. Some servers show names as they store them,
 * escaped, and some may show them decoded: both must read as what was written.
 */

const ESCAPES = { "%": "%25", "/": "%2f", "\\": "%5c" } as const;

/** A name as it is sent. */
export function escapeName(name: string): string {
  return name.replace(/[%/\\]/g, (character) => ESCAPES[character as keyof typeof ESCAPES]);
}

/** A name as a program wrote it, from what the server shows. */
export function unescapeName(shown: string): string {
  // A server that decodes can show any `%`; one that does not shows only the three escapes. A name with a `%` that begins
  // no escape, or with a raw `/` or `\`, was therefore decoded already and is left as it is.
  if (/[/\\]|%(?!25|2f|5c)/i.test(shown)) return shown;
  return shown.replace(/%(25|2f|5c)/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}
