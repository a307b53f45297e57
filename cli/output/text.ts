// Control characters, and those that change the direction of text or are invisible: a name with them could move the
// cursor, recolour the screen, or look like another name.
const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern to find
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;

/** Text of the platform as one safe line: control characters are shown as `\x1b`. */
export function safe(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** A duration for people, with at most two units: `45s`, `12m`, `5h 10m`, `3d 4h`, `120d`. */
export function span(seconds: number): string {
  const total = Math.floor(Math.abs(seconds));
  const [days, hours, minutes] = [
    Math.floor(total / 86_400),
    Math.floor((total % 86_400) / 3600),
    Math.floor((total % 3600) / 60),
  ];
  if (days >= 10) return `${days}d`;
  if (days > 0) return hours > 0 ? `${days}d ${hours}h` : `${days}d`;
  if (hours > 0) return minutes > 0 ? `${hours}h ${minutes}m` : `${hours}h`;
  return minutes > 0 ? `${minutes}m` : `${total}s`;
}

/** A number with its noun: `1 snapshot`, `3 snapshots`. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

/** A time of expiry relative to now: `in 2d 3h`, `4h ago`, or empty if it never expires. */
export function due(expiresAt: string | undefined, now: number): string {
  if (expiresAt === undefined) return "";
  const seconds = (Date.parse(expiresAt) - now) / 1000;
  return seconds > 0 ? `in ${span(seconds)}` : `${span(seconds)} ago`;
}

/** Shortens a text in its middle, since names differ at their ends. */
export function middle(text: string, longest: number): string {
  const characters = [...text];
  if (characters.length <= longest) return text;
  const head = Math.ceil((longest - 1) / 2);
  return `${characters.slice(0, head).join("")}…${characters.slice(characters.length - (longest - 1 - head)).join("")}`;
}
