/** Every known secret, with the pattern that matches it. */
const secrets = new Map<string, RegExp>();
/** Longest first: one secret may begin with another, whose replacement would leave the rest. */
let patterns: RegExp[] = [];

/** Remembers a secret value, so that {@link redact} removes it from every text of this process. */
export function rememberSecret(value: string | undefined): void {
  // Shorter values ("1", "abc") would black out ordinary words; no platform accepts such a password.
  if (value === undefined || value.length < 4 || secrets.has(value)) return;
  secrets.set(value, patternOf(value));
  patterns = [...secrets].sort(([a], [b]) => b.length - a.length).map(([, pattern]) => pattern);
}

/**
 * Replaces every remembered secret by `[secret]`: as it is, in base64, or with characters escaped as in URLs, forms,
 * XML, HTML or JSON. Which characters are escaped differs between writers, so any may be.
 */
export function redact(text: string): string {
  let clean = text;
  for (const pattern of patterns) clean = clean.replace(pattern, "[secret]");
  return clean;
}

function patternOf(secret: string): RegExp {
  const written = [...secret].map((character) => `(?:${waysToWrite(character).join("|")})`).join("");
  return new RegExp([written, ...inBase64(secret).map(literal)].join("|"), "g");
}

const NAMED: Readonly<Record<string, string>> = { "&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos" };

function waysToWrite(character: string): string[] {
  const code = character.codePointAt(0) as number;
  const bytes = [...Buffer.from(character)].map((byte) => `%${anyCase(byte.toString(16).padStart(2, "0"))}`);
  const units = character.split("").map((unit) => unit.charCodeAt(0).toString(16).padStart(4, "0"));
  const named = NAMED[character];
  const json = JSON.stringify(character).slice(1, -1);
  return [
    ...(named === undefined ? [] : [`&${named};`]),
    `&#0*${code};`,
    `&#[xX]0*${anyCase(code.toString(16))};`,
    bytes.join(""),
    units.map((unit) => `\\\\u${anyCase(unit)}`).join(""),
    // The character itself comes last: `&` must not match in `&amp;`.
    ...(json === character ? [] : [literal(json)]),
    ...(character === "/" || character === "'" ? [literal(`\\${character}`)] : []),
    ...(character === " " ? ["\\+"] : []),
    literal(character),
  ];
}

const anyCase = (hex: string) => hex.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
const literal = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");

/**
 * The part of a secret that stays recognisable in the base64 of a longer text, as in `Authorization: Basic`. Three
 * bytes make four characters, so there are three alignments, and the characters at both ends also encode neighbouring
 * bytes.
 */
function inBase64(secret: string): string[] {
  const found = [0, 1, 2].flatMap((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
    const whole = bytes.toString("base64").replaceAll("=", "");
    const inner = whole.slice(before === 0 ? 0 : before + 1, bytes.length % 3 === 0 ? undefined : -1);
    return [inner, inner.replaceAll("+", "-").replaceAll("/", "_")];
  });
  // Shorter strings occur in ordinary texts by chance.
  return [...new Set(found)].filter((form) => form.length >= 8);
}
