import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Properties, Value } from "./types";

/*
 * How Pulumi marks special values inside plain JSON (its plugin protocol, "sig" keys). The numbers are the protocol's.
 */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export function isObject(value: Value | undefined): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isSecret(value: Value | undefined): value is Properties {
  return isObject(value) && value[SIGNATURE] === SECRET;
}

export function secret(value: Value): Value {
  return isSecret(value) ? value : { [SIGNATURE]: SECRET, value };
}

/** The value a secret holds; any other value as it is. */
export function plain(value: Value): Value {
  return isSecret(value) ? (value.value ?? null) : value;
}

function mapDeep(value: Value, change: (value: Value) => Value | undefined): Value {
  const changed = change(value);
  if (changed !== undefined) return changed;
  if (Array.isArray(value)) return value.map((item) => mapDeep(item, change));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapDeep(item, change)]));
}

/** Without any secret wrapper. */
export function reveal<T extends Value>(value: T): T {
  return mapDeep(value, (item) => (isSecret(item) ? reveal(plain(item)) : undefined)) as T;
}

export function containsUnknown(value: Value): boolean {
  let found = false;
  mapDeep(value, (item) => {
    found ||= item === UNKNOWN;
    return undefined;
  });
  return found;
}

export function containsSecret(value: Value): boolean {
  let found = false;
  mapDeep(value, (item) => {
    found ||= isSecret(item);
    return undefined;
  });
  return found;
}

/** What a program sends: output values become the value, a secret or an unknown. */
export function fromProgram(struct: Struct | undefined): Properties {
  return mapDeep(fromStruct(struct), (item) => {
    if (!isObject(item) || item[SIGNATURE] !== OUTPUT) return undefined;
    const inner = item.value === undefined ? UNKNOWN : fromProgramValue(item.value);
    return item.secret === true ? secret(inner) : inner;
  }) as Properties;
}

function fromProgramValue(value: Value): Value {
  return (fromProgram(toStruct({ value })) as { value: Value }).value;
}

export function fromStruct(struct: Struct | undefined): Properties {
  return (struct?.toJavaScript() ?? {}) as Properties;
}

export function toStruct(properties: Properties): Struct {
  return Struct.fromJavaScript(properties as Parameters<typeof Struct.fromJavaScript>[0]);
}

/**
 * Marks outputs as secret where the inputs of that name were: a provider that does not accept secrets gets and returns
 * them in the clear. Lists are marked whole.
 */
export function annotate(outputs: Value, inputs: Value | undefined): Value {
  if (inputs === undefined) return outputs;
  if (isSecret(inputs)) return secret(outputs);
  if (Array.isArray(inputs)) return containsSecret(inputs) ? secret(outputs) : outputs;
  if (!isObject(inputs) || !isObject(outputs) || isSecret(outputs)) return outputs;
  return Object.fromEntries(
    Object.entries(outputs as Properties).map(([key, value]) => [key, annotate(value, inputs[key])]),
  );
}

/** Deep equality of two values, secrets compared by what they hold. */
export function same(a: Value | undefined, b: Value | undefined): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: Value | undefined): string {
  return JSON.stringify(value === undefined ? null : sorted(reveal(value)));
}

function sorted(value: Value): Value {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key] as Value)]),
  );
}

/** Names of top-level properties that differ, `+` before one that comes and `-` before one that goes. */
export function changedKeys(old: Properties, news: Properties): string[] {
  const keys = [...new Set([...Object.keys(old), ...Object.keys(news)])].sort();
  return keys.flatMap((key) => {
    if (same(old[key], news[key])) return [];
    if (old[key] === undefined || old[key] === null) return [`+${key}`];
    return news[key] === undefined || news[key] === null ? [`-${key}`] : [key];
  });
}
