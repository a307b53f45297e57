import { type JavaScriptValue, type Value as ProtobufValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Properties, Value } from "./types";

/* How the plugin protocol marks special values inside plain JSON. The numbers are the protocol's. */
export const SIGNATURE = "4dabf18193072939515e22adb298388d";
export const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e";
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export function isObject(value: Value | undefined): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function hasSignature(value: Value | undefined, signature: string): value is Properties {
  return isObject(value) && value[SIGNATURE] === signature;
}

/** An object of the program's own, not one that stands for a secret, an asset or a resource. */
export function isMap(value: Value | undefined): value is Properties {
  return isObject(value) && value[SIGNATURE] === undefined;
}

export function isSecret(value: Value | undefined): value is Properties {
  return hasSignature(value, SECRET);
}

export function secret(value: Value): Value {
  return isSecret(value) ? value : { [SIGNATURE]: SECRET, value };
}

/** The value a secret holds; any other value as it is. */
export function plain(value: Value): Value {
  return isSecret(value) ? plain(value.value ?? null) : value;
}

/** Rebuilds a value from the outside in; where `change` answers, the answer is taken as it is. */
function rebuild(value: Value, change: (value: Value) => Value | undefined): Value {
  const changed = change(value);
  if (changed !== undefined) return changed;
  if (Array.isArray(value)) return value.map((item) => rebuild(item, change));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, rebuild(item, change)]));
}

/** Without any secret wrapper. */
export function reveal<T extends Value>(value: T): T {
  return rebuild(value, (item) => (isSecret(item) ? reveal(plain(item)) : undefined)) as T;
}

/** What a provider gets that does not know resource references: the id, or the URN of one that has none. */
export function withoutReferences<T extends Value>(value: T): T {
  return rebuild(value, (item) => {
    if (!hasSignature(item, RESOURCE)) return undefined;
    return "id" in item ? item.id || UNKNOWN : (item.urn ?? null);
  }) as T;
}

export function contains(value: Value | undefined, test: (value: Value) => boolean): boolean {
  if (value === undefined) return false;
  if (test(value)) return true;
  if (Array.isArray(value)) return value.some((item) => contains(item, test));
  return isObject(value) && Object.values(value).some((item) => contains(item, test));
}

export const containsUnknown = (value: Value | undefined): boolean => contains(value, (item) => item === UNKNOWN);
export const containsSecret = (value: Value | undefined): boolean => contains(value, isSecret);

/** What a program sends: an output value becomes its value, a secret or an unknown. */
export function fromProgram(struct: Struct | undefined): Properties {
  return collapse(fromStruct(struct)) as Properties;
}

/** The same for a single value. Null is none. */
export function valueFromProgram(value: ProtobufValue | undefined): Value | undefined {
  const content = value?.toJavaScript() as Value | undefined;
  return content === undefined || content === null ? undefined : collapse(content);
}

function collapse(value: Value): Value {
  return rebuild(value, (item) => {
    if (!hasSignature(item, OUTPUT)) return undefined;
    const inner = item.value === undefined ? UNKNOWN : collapse(item.value);
    return item.secret === true ? secret(inner) : inner;
  });
}

export function fromStruct(struct: Struct | undefined): Properties {
  return (struct?.toJavaScript() ?? {}) as Properties;
}

export function toStruct(properties: Properties): Struct {
  return Struct.fromJavaScript(properties as { [key: string]: JavaScriptValue });
}

/**
 * Marks outputs as secret where an input of the same name was: a provider that does not accept secrets gets and returns
 * them in the clear. Anything that is not a map is marked whole.
 */
export function annotate(outputs: Properties, inputs: Properties | undefined): Properties {
  if (inputs === undefined) return outputs;
  return Object.fromEntries(
    Object.entries(outputs).map(([key, value]) => {
      const input = inputs[key];
      if (isMap(value) && isMap(input)) return [key, annotate(value, input)];
      return [key, containsSecret(input) ? secret(value) : value];
    }),
  );
}

/** Deep equality; secrets are compared by what they hold. */
export function same(a: Value | undefined, b: Value | undefined): boolean {
  return canonical(a === undefined ? undefined : reveal(a)) === canonical(b === undefined ? undefined : reveal(b));
}

/** Deep equality; a secret differs from the same value that is none. */
export function identical(a: Value | undefined, b: Value | undefined): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: Value | undefined): string {
  return value === undefined ? "" : JSON.stringify(sorted(value));
}

function sorted(value: Value): Value {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key] ?? null)]));
}
