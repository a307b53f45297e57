/** Texts that cost far more to parse than to send, or that refer to files and addresses. */
export interface Bomb {
  what: string;
  /** Changes a valid reply. */
  change(body: string): string;
}

const MANY = 100_000;
const LONG = 4_000_000;

const whole = (what: string, text: string): Bomb => ({ what, change: () => text });

/** Values that replace one in a valid reply. */
const VALUES: [string, string][] = [
  ["arrays in arrays", "[".repeat(MANY) + "]".repeat(MANY)],
  ["objects in objects", `${'{"a":'.repeat(MANY)}1${"}".repeat(MANY)}`],
  ["a list of a hundred thousand", `[${"0,".repeat(MANY)}0]`],
  ["keys for prototypes", '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'],
  ["no text can be made of it", '{"toString":1,"valueOf":2}'],
  ["a number beyond all", "1e400"],
  ["a number with a million digits", "9".repeat(1_000_000)],
  ["a text of megabytes", `"${"x".repeat(LONG)}"`],
  ["control characters", '"a\\u0000\\u001b[31m\\u0007\\u202eb"'],
  ["raw control characters", '"a\u0000\u001b[31mb"'],
  ["half a surrogate pair", '"\\ud800"'],
  ["nothing", "null"],
];

/** JSON texts with one value replaced: the first, one in the middle, or the last. */
function inside(text: string, value: string, where: number): string {
  const values = [...text.matchAll(/:\s*("(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|true|false|null)/g)];
  const match = values[Math.floor((values.length - 1) * where)];
  if (match?.index === undefined) return value;
  return `${text.slice(0, match.index)}:${value}${text.slice(match.index + match[0].length)}`;
}

export function jsonBombs(): Bomb[] {
  const keys = Array.from({ length: MANY }, (_, index) => `"k${index}":0`).join(",");
  return [
    ...VALUES.map(([what, value]) => whole(what, value)),
    ...VALUES.flatMap(([what, value]) =>
      [0, 0.5, 1].map((where): Bomb => ({ what: `${what}, inside`, change: (body) => inside(body, value, where) })),
    ),
    { what: "keys given twice", change: (body) => body.replace(/"(\w+)":/g, '"$1":{"polluted":true},"$1":') },
    { what: "keys given twice, the second senseless", change: (body) => body.replace(/\}/g, ',"id":[],"name":{}}') },
    whole("a hundred thousand keys", `{${keys}}`),
    whole("a byte order mark", "\ufeff{}"),
    whole("blanks", " ".repeat(LONG)),
    whole("NULs", "\u0000".repeat(10_000)),
  ];
}

const envelope = (inner: string, before = "") =>
  `<?xml version="1.0"?>${before}<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>${inner}</soapenv:Body></soapenv:Envelope>`;
const laughs = Array.from({ length: 9 }, (_, level) => `<!ENTITY l${level + 1} "${`&l${level};`.repeat(10)}">`).join(
  "",
);
const nested = (tag: string, depth: number) => `<${tag}>`.repeat(depth) + `</${tag}>`.repeat(depth);

export function xmlBombs(): Bomb[] {
  const wrapped = (what: string, inner: string, before = "") => whole(what, envelope(inner, before));
  const value = (what: string, text: string): Bomb => ({
    what,
    change: (body) => body.replace(/>[^<>]+</g, `>${text}<`),
  });
  return [
    wrapped("a billion laughs", "<a>&l9;</a>", `<!DOCTYPE a [<!ENTITY l0 "ha">${laughs}]>`),
    wrapped(
      "one long entity, often",
      "<a>".concat("&x;".repeat(MANY), "</a>"),
      `<!DOCTYPE a [<!ENTITY x "${"x".repeat(MANY)}">]>`,
    ),
    wrapped("an external entity", "<a>&f;</a>", '<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]>'),
    wrapped(
      "an external entity over the network",
      "<a>&f;</a>",
      '<!DOCTYPE a [<!ENTITY f SYSTEM "http://127.0.0.1:9/">]>',
    ),
    wrapped("a parameter entity", "<a/>", '<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>'),
    wrapped("a document type in small letters", "<a/>", "<!doctype a>"),
    wrapped("a document type after a comment", "<a/>", '<!-- x --><!DOCTYPE a SYSTEM "file:///etc/passwd">'),
    wrapped("a document type inside", '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'),
    wrapped("entities that nobody defined", `<a>${"&l9;".repeat(1000)}</a>`),
    wrapped("elements in elements", nested("a", MANY)),
    wrapped("snapshots below snapshots", nested("childSnapshotList", 50_000)),
    wrapped("a hundred thousand elements", "<a/>".repeat(MANY)),
    wrapped("a hundred thousand attributes", `<a ${Array.from({ length: MANY }, (_, i) => `a${i}="0"`).join(" ")}/>`),
    wrapped(
      "elements for prototypes",
      "<__proto__><polluted>1</polluted></__proto__><constructor><prototype><polluted>1</polluted></prototype></constructor>",
    ),
    wrapped("attributes for prototypes", '<a __proto__="1" constructor="2"/>'),
    wrapped("characters that are none", "<a>&#0;&#x110000;&#xFFFFFFFFFF;&#-1;&#xD800;</a>"),
    wrapped("a comment without end", "<!--".repeat(1000)),
    wrapped("a section without end", "<![CDATA[".repeat(1000)),
    wrapped("a text of megabytes", `<a>${"x".repeat(LONG)}</a>`),
    whole("open brackets", "<".repeat(MANY)),
    whole("NULs", "\u0000".repeat(10_000)),
    value("control characters", "a\u0000\u001b[31m\u0007b"),
    value("control characters, escaped", "a&#0;&#27;[31m&#7;b"),
    value("a number with a million digits", "9".repeat(1_000_000 / 10)),
    value("keys for prototypes", "__proto__"),
    { what: "elements given twice", change: (body) => body.replace(/(<(\w+)>[^<>]*<\/\2>)/g, "$1$1") },
    {
      what: "a tree without end",
      change: (body) => body.replace(/<returnval>/, `<returnval>${nested("rootSnapshotList", 20_000)}`),
    },
  ];
}
