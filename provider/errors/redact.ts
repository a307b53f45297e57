/** Every secret that is known, with the forms in which it may stand in a text, the longest form first. */
const secrets = new Set<string>();
let forms: string[] = [];

/** Remembers a secret value, so that {@link redact} takes it out of every text this process writes. */
export function rememberSecret(value: string | undefined): void {
  // Shorter values ("1", "abc") would black out ordinary words; no platform accepts such a password.
  if (value === undefined || value.length < 4 || secrets.has(value)) return;
  secrets.add(value);
  // One secret may begin with another: the shorter one replaced first would leave the rest of the longer one.
  forms = [...new Set([...forms, ...formsOf(value)])].sort((a, b) => b.length - a.length);
}

/** The text with every remembered secret, as it is or as JSON, a URL, a form, XML or base64 writes it, replaced by `[secret]`. */
export function redact(text: string): string {
  let clean = text;
  for (const form of forms) if (clean.includes(form)) clean = clean.replaceAll(form, "[secret]");
  return clean;
}

function formsOf(secret: string): Set<string> {
  const url = encoded(secret);
  const strict = url.replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  const urls = [
    url,
    strict,
    url.replaceAll("%20", "+"),
    new URLSearchParams({ secret }).toString().slice("secret=".length),
  ];
  const json = JSON.stringify(secret).slice(1, -1);
  const xml = secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return new Set([
    secret,
    json,
    // As templates of HTML and languages with their own JSON write it.
    json.replace(/[<>&'\u007f-\uffff]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`),
    ...urls,
    ...urls.map((form) => form.replace(/%[0-9A-F]{2}/g, (octet) => octet.toLowerCase())),
    xml,
    xml.replaceAll('"', "&quot;"),
    xml.replaceAll('"', "&quot;").replaceAll("'", "&apos;"),
    xml.replaceAll('"', "&quot;").replaceAll("'", "&#39;"),
    xml.replaceAll('"', "&#34;").replaceAll("'", "&#39;"),
    ...inBase64(secret),
  ]);
}

/**
 * What of a secret can be read in the base64 of any text around it, as in `Authorization: Basic`. Three bytes make four
 * characters, so there are three ways to begin, and the characters at both ends are shared with the neighbours.
 */
function inBase64(secret: string): string[] {
  const found = [0, 1, 2].flatMap((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
    const whole = bytes.toString("base64").replaceAll("=", "");
    const inner = whole.slice(before === 0 ? 0 : before + 1, bytes.length % 3 === 0 ? undefined : -1);
    return [inner, inner.replaceAll("+", "-").replaceAll("/", "_")];
  });
  // Fewer characters than these stand in many a text by chance.
  return found.filter((form) => form.length >= 8);
}

/** Half a surrogate pair cannot be encoded, so nothing can have encoded it. */
function encoded(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    return text;
  }
}
