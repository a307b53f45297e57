import { isDeepStrictEqual } from "node:util";
import type { ZodType } from "zod";
import { unknownName, zodErrorMap } from "../core/errors";
import { failuresOf, failuresOfRawValue } from "./check-value";
import { hasUnknown } from "./unknown";
import type { CheckFailure, Values } from "./values";

/**
 * What a change of an input does to an existing resource.
 *
 * - `update`: changed in place; the snapshot stays the same point in time.
 * - `replace`: means another point in time, so a new one is made.
 * - `ignore`: matters only at creation; a later change is recorded and does nothing.
 */
export type ChangeEffect = "update" | "replace" | "ignore";

/** One input of a resource. Check, diff, the schema and the docs are all generated from tables of these. */
export interface Field {
  schema: ZodType;
  change: ChangeEffect;
  description: string;
  /** @default undefined: the input stays unset */
  default?: unknown;
  /** The state always holds the platform's value, even where the program gives none. @default false */
  known?: boolean;
  /** It selects VMs, each by a string or an object: see `lookups.ts`. */
  lookup?: "one" | "many";
  /** Not set by programs: the adapter fills it in. */
  hidden?: boolean;
  /** Compares two set values that may be written differently and mean the same. @default deep equality */
  same?(a: unknown, b: unknown): boolean;
}

export type FieldTable = Readonly<Record<string, Field>>;

/** Validates inputs against the table and fills in defaults. Unknown values of a preview pass. */
export function checkFields(table: FieldTable, news: Values): { inputs: Values; failures: CheckFailure[] } {
  const failures: CheckFailure[] = [];
  const inputs: Values = {};
  for (const key of Object.keys(news)) {
    if (!Object.hasOwn(table, key)) failures.push({ property: key, reason: unknownProperty(key, table) });
  }
  for (const [key, field] of Object.entries(table)) {
    const value = news[key];
    if (value === undefined || value === null) {
      if (field.default !== undefined) inputs[key] = field.default;
      else if (!field.schema.safeParse(undefined).success) failures.push({ property: key, reason: "is required" });
      continue;
    }
    inputs[key] = value;
    const unfit = failuresOfRawValue(value, key);
    failures.push(...unfit);
    if (unfit.length > 0 || hasUnknown(value)) continue;
    const parsed = field.schema.safeParse(value, { error: zodErrorMap });
    if (parsed.success) continue;
    failures.push(...parsed.error.issues.flatMap((issue) => failuresOf(issue, key, field.schema, value)));
  }
  return { inputs, failures };
}

/** Names of the inputs that differ between a state and new inputs, grouped by the effect of the change. */
export function diffFields(table: FieldTable, state: Values, news: Values): { updates: string[]; replaces: string[] } {
  const updates: string[] = [];
  const replaces: string[] = [];
  for (const [key, field] of Object.entries(table)) {
    if (field.hidden || field.change === "ignore") continue;
    if (sameValue(field, state[key], news[key])) continue;
    (field.change === "replace" ? replaces : updates).push(key);
  }
  return { updates, replaces };
}

function sameValue(field: Field, a: unknown, b: unknown): boolean {
  const [left, right] = [a ?? field.default, b ?? field.default];
  if (left === undefined || right === undefined) return left === right;
  if (hasUnknown(left) || hasUnknown(right)) return false;
  return isDeepStrictEqual(left, right) || (field.same?.(left, right) ?? false);
}

function unknownProperty(key: string, table: FieldTable): string {
  return unknownName(
    key,
    Object.keys(table).filter((name) => !table[name]?.hidden),
  );
}
