const secrets = new Set<string>();

/** Remembers a secret value, so that {@link redact} takes it out of every text this process writes. */
export function rememberSecret(value: string | undefined): void {
  // Shorter values ("1", "abc") would black out ordinary words; no platform accepts such a password.
  if (value !== undefined && value.length >= 4) secrets.add(value);
}

/** The text with every remembered secret, raw or as JSON, URL or XML writes it, replaced by `[secret]`. */
export function redact(text: string): string {
  let clean = text;
  for (const secret of secrets) {
    for (const form of new Set([secret, JSON.stringify(secret).slice(1, -1), encoded(secret), xmlEscaped(secret)])) {
      clean = clean.replaceAll(form, "[secret]");
    }
  }
  return clean;
}

/** Half a surrogate pair cannot be encoded, so nothing can have encoded it. */
function encoded(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    return text;
  }
}

function xmlEscaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&apos;");
}
