import type { ZodType } from "zod";
import type { $ZodIssue } from "zod/v4/core";
import { isWellFormed, unknownName } from "../core/errors";
import type { CheckFailure } from "./values";

/** Longest text in an input, in characters. Nothing legitimate is longer, and it would bloat the state file. */
const TEXT_LENGTH = 65_536;

/**
 * Values that no state can hold, whatever the input's type: numbers that JSON lacks, unpaired surrogates, overlong
 * texts.
 */
export function failuresOfRawValue(value: unknown, path: string): CheckFailure[] {
  if (typeof value === "number" && !Number.isFinite(value))
    return [{ property: path, reason: "is not a finite number" }];
  if (typeof value === "string" && value.length > TEXT_LENGTH) {
    return [{ property: path, reason: `is longer than ${TEXT_LENGTH} characters` }];
  }
  if (typeof value === "string" && !isWellFormed(value)) {
    return [{ property: path, reason: "has an unpaired surrogate, which is not a character" }];
  }
  if (Array.isArray(value)) return value.flatMap((element, index) => failuresOfRawValue(element, `${path}[${index}]`));
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, element]) => failuresOfRawValue(element, joined(path, key)));
}

/** A failed validation on the property it concerns: `limits.maxAge`, `triggers[1]`. */
export function failuresOf(issue: $ZodIssue, key: string, schema: ZodType, value: unknown): CheckFailure[] {
  const path = issue.path.reduce<string>((whole, part) => joined(whole, part), key);
  if (issue.code !== "unrecognized_keys") return [{ property: path, reason: `${issue.message} (got ${show(value)})` }];
  const names = namesAt(schema, issue.path);
  return issue.keys.map((name) => ({ property: joined(path, name), reason: unknownName(name, names) }));
}

/** A path as the engine writes it. */
function joined(path: string, part: PropertyKey): string {
  if (typeof part === "number") return `${path}[${part}]`;
  const name = String(part);
  return /^[A-Za-z_]\w*$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
}

/** Property names of the object at that place in a schema. */
function namesAt(schema: ZodType, path: readonly PropertyKey[]): string[] {
  const { unwrap, shape, element } = schema as {
    unwrap?: () => ZodType;
    shape?: Record<string, ZodType>;
    element?: ZodType;
  };
  if (shape) {
    const [first, ...rest] = path;
    if (first === undefined) return Object.keys(shape);
    const inner = shape[String(first)];
    return inner ? namesAt(inner, rest) : [];
  }
  if (element) return namesAt(element, path.slice(1));
  return unwrap ? namesAt(unwrap.call(schema), path) : [];
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
