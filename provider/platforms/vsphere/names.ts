/*
 * Escaping of names. By the vim25 documentation of CreateSnapshotEx_Task, `%`, `/` and `\` are escaped as `%25`, `%2f`
 * and `%5c`. Some servers return escaped names, others decoded ones: both must be read as the original name.
 */

const ESCAPES = { "%": "%25", "/": "%2f", "\\": "%5c" } as const;

/** Escapes a name for a request. */
export function escapeName(name: string): string {
  return name.replace(/[%/\\]/g, (character) => ESCAPES[character as keyof typeof ESCAPES]);
}

/** Restores the original name from a reply. */
export function unescapeName(shown: string): string {
  // A server that decodes can return any `%`; others return only the three escapes. So a name with a `%` that starts no
  // escape, or with a raw `/` or `\`, is decoded already.
  if (/[/\\]|%(?!25|2f|5c)/i.test(shown)) return shown;
  return shown.replace(/%(25|2f|5c)/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}
