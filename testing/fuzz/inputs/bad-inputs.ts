import { lifecycles, type ResourceType, type Values } from "../../../provider/resources";
import { failuresOfRawValue } from "../../../provider/schema/check-value";

/** Inputs that every resource must refuse, and the property at fault. */
export interface BadInput {
  type: ResourceType;
  what: string;
  inputs: Values;
  /** Prefix of the path that the message must name; empty for the resource as a whole. */
  property: string;
}

const GOOD: Record<ResourceType, Values> = {
  Snapshot: { target: "web" },
  RecoveryPoint: { target: "web" },
  ConsolidationTask: { target: "web" },
  Restore: { target: "web", snapshot: "before" },
  SnapshotPolicy: { targets: ["web"], keepLast: 3 },
  SnapshotOption: { target: "web" },
  Template: { snapshot: "default/v-1/s-1", name: "one" },
  Volume: { snapshot: "default/v-1/s-1", name: "one" },
};

/** Values of every type, with extremes. Those that a field accepts are left out. */
const VALUES: readonly unknown[] = [
  ...["", " ", "\u0000", "a\u001b[31mb", "x".repeat(70_000), "y".repeat(4100), "no such word", "\ud800", "-1h"],
  ...["99999999999999999999d", "2026-13-45T99:00:00Z", "* * * * * * * *", "__proto__", "constructor"],
  ...[0, -1, 0.5, 1e308, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, true, false],
  ...[[], [null], ["a"], [["a"]], [1], [{}], {}, { toString: 1 }, { a: { b: { c: 1 } } }, { constructor: "x" }],
  JSON.parse('{"__proto__":{"path":"/DC0/vm/web"}}'),
  { path: "/DC0/vm/web", name: "web" },
  { create: "soon" },
  { maxAge: {} },
  { amount: -1, currency: "" },
];

const CONFLICTS: [ResourceType, Values, string][] = [
  ["Snapshot", { expiresAt: "2030-01-01T00:00:00Z", ttl: "1h" }, "ttl"],
  ["Snapshot", { adoptExisting: true }, "name"],
  ["Snapshot", { memory: true, quiesce: "require" }, "quiesce"],
  ["RecoveryPoint", { expiresAt: "2030-01-01T00:00:00Z", ttl: "1h" }, "ttl"],
  ["RecoveryPoint", { adoptExisting: true }, "name"],
  ["Restore", { safetySnapshot: false }, "confirm"],
  ["SnapshotPolicy", { schedule: "every day" }, "schedule"],
  ["SnapshotPolicy", { timeZone: "Mars/Olympus" }, "timeZone"],
  ["SnapshotPolicy", { schedule: "0 3 * * *", timeZone: "Mars/Olympus" }, "timeZone"],
  ["SnapshotOption", { policy: "order" }, "maxPrice"],
];

const STRANGE_NAMES = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "valueOf",
  "",
  "a b",
  "é",
];

/** Every bad input for the field tables. */
export function badInputs(): BadInput[] {
  const all: BadInput[] = [];
  for (const type of Object.keys(lifecycles) as ResourceType[]) {
    const { fields } = lifecycles[type];
    const good = GOOD[type];
    const add = (what: string, change: Values, property: string) =>
      all.push({ type, what, inputs: { ...good, ...change }, property });
    for (const [name, field] of Object.entries(fields)) {
      if (field.hidden) continue;
      for (const value of VALUES) {
        const fits = failuresOfRawValue(value, name).length === 0 && field.schema.safeParse(value).success;
        if (!fits) add(`${name} as ${shown(value)}`, { [name]: value }, name);
      }
      if (name in good && !field.schema.safeParse(undefined).success) add(`no ${name}`, { [name]: undefined }, name);
      const slip = name.length > 3 ? name.slice(0, -2) + name.at(-1) + name.at(-2) : `${name}x`;
      if (!Object.hasOwn(fields, slip)) add(`${slip} for ${name}`, { [slip]: "x" }, slip);
    }
    for (const name of STRANGE_NAMES) add(`a property ${JSON.stringify(name)}`, named(name, { target: "db" }), name);
  }
  for (const [type, change, property] of CONFLICTS) {
    all.push({ type, what: JSON.stringify(change), inputs: { ...GOOD[type], ...change }, property });
  }
  return all;
}

/** An object with an own property of this name, even `__proto__`. */
function named(name: string, value: unknown): Values {
  return Object.defineProperty({}, name, { value, enumerable: true, writable: true, configurable: true });
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 60);
}
