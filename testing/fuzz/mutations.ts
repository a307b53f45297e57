import fc from "fast-check";

/** Random numbers from 0 to 1, the same for the same seed (mulberry32), so that a failure can be reproduced. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const texts = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.constantFrom(
    "",
    "__proto__",
    "constructor",
    "\u0000\u001b[31m\r\n",
    "9".repeat(400),
    "-1",
    "NaN",
    "../../etc",
    "%2f",
    "\ud800",
  ),
  fc.constantFrom(
    "2026-13-45T99:00:00Z",
    "0000-00-00",
    "&a;",
    "<!--",
    "]]>",
    "]snapstate:[",
    "[snapstate:aaaaaaaaaaaaaaaaaaaaaaaaaa]",
  ),
);

/** Unexpected values that an API may return. */
function hostileValues(seed: number): unknown[] {
  const values = fc.oneof(
    texts,
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom(null, true, -1, 1e308, 0.1, 2 ** 53, [], {}, [[]], { length: 1e9 }),
    fc.constant(JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}')),
    // `String` throws for these.
    fc.constantFrom({ toString: 1, valueOf: 2 }, { toString: null }, [{ toString: "x", valueOf: "y" }], deep(1500)),
    // Used as a date, a size or an index.
    fc.constantFrom(8.64e15 + 1, -8.64e15, 1e21, 2 ** 31, 2 ** 32, -0.5, 4_294_967_295),
  );
  return fc.sample(values, { numRuns: 400, seed });
}

/** Nested arrays. */
function deep(levels: number): unknown {
  let value: unknown = [];
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

function pick<T>(list: readonly T[], random: () => number): T {
  return list[Math.floor(random() * list.length)] as T;
}

/** @returns a function that changes a JSON text: mostly one nested value, sometimes the text itself */
export function jsonMutator(random: () => number, seed: number): (body: string) => string {
  const hostile = hostileValues(seed);
  const change = (value: unknown, depth: number): unknown => {
    const inside = typeof value === "object" && value !== null ? Object.keys(value) : [];
    if (inside.length === 0 || random() < 0.1 * depth) return pick(hostile, random);
    const key = pick(inside, random);
    const copy = Array.isArray(value) ? [...value] : { ...(value as object) };
    const at = copy as Record<string, unknown>;
    const what = random();
    if (what < 0.1) delete at[key];
    else if (what < 0.15) at[String(pick(hostile, random))] = at[key];
    else at[key] = change(at[key], depth + 1);
    return copy;
  };
  const text = (value: unknown) => {
    const written = JSON.stringify(value) ?? "";
    // For duplicate keys, most parsers use the last value.
    const keys = [...written.matchAll(/"(\w+)":/g)];
    const twice = random() < 0.05 ? pick(keys, random) : undefined;
    if (twice?.index === undefined) return written;
    const other = JSON.stringify(pick(hostile, random));
    return `${written.slice(0, twice.index)}"${twice[1]}":${other},${written.slice(twice.index)}`;
  };
  return (body) => {
    if (random() < 0.1) return textMutation(body, random);
    try {
      return text(change(JSON.parse(body), 0));
    } catch {
      return textMutation(body, random);
    }
  };
}

/** @returns a function that changes an XML text: mostly one value, sometimes an element or the text itself */
export function xmlMutator(random: () => number, seed: number): (body: string) => string {
  const hostile = hostileValues(seed).map((value) => (typeof value === "string" ? value : JSON.stringify(value)));
  return (body) => {
    if (random() < 0.2) return textMutation(body, random);
    const values = [...body.matchAll(/>([^<>]+)</g)];
    const tags = [...body.matchAll(/<\/?[\w:]+/g)];
    const match = random() < 0.8 ? pick(values, random) : pick(tags, random);
    if (match === undefined) return textMutation(body, random);
    const text = String(pick(hostile, random));
    const safe = random() < 0.7 ? text.replace(/[<&>]/g, "") : text;
    const put = match[0].startsWith(">") ? `>${safe}<` : `<${safe.slice(0, 8)}`;
    return body.slice(0, match.index) + put + body.slice((match.index ?? 0) + match[0].length);
  };
}

/** Truncates, duplicates or corrupts a text. */
function textMutation(body: string, random: () => number): string {
  const from = Math.floor(random() * body.length);
  const to = from + Math.floor(random() * 40);
  const ways = [
    () => body.slice(0, from),
    () => body.slice(from),
    () => body.slice(0, from) + body.slice(to),
    () => body.slice(0, to) + body.slice(from),
    () => `${body.slice(0, from)}\u0000\u0007${body.slice(to)}`,
    () => "",
  ];
  return pick(ways, random)();
}
