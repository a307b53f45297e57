import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";

/** A JSON value between an engine and a provider: with wrapped secrets, and unknowns as the protocol's constant. */
export type Value = null | boolean | number | string | Value[] | { [key: string]: Value };
export type Properties = { [key: string]: Value };

/* The plugin protocol's markers of special values in plain JSON. */
export const SIGNATURE = "4dabf18193072939515e22adb298388d";
export const SECRET = "1b47061264138c4ac30d75fd1eb44270";
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

/** Rebuilds a value from the outside in; a value returned by `change` is used unchanged. */
export function rebuild(value: Value, change: (value: Value) => Value | undefined): Value {
  const changed = change(value);
  if (changed !== undefined) return changed;
  if (Array.isArray(value)) return value.map((item) => rebuild(item, change));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, rebuild(item, change)]));
}

/** Removes all secret wrappers, including those of `pulumi stack export --show-secrets`. */
export function reveal<T extends Value>(value: T): T {
  return rebuild(value, (item) => {
    if (!isSecret(item)) return undefined;
    return reveal(typeof item.plaintext === "string" ? JSON.parse(item.plaintext) : (item.value ?? null));
  }) as T;
}

export function fromStruct(struct: Struct | undefined): Properties {
  return (struct?.toJavaScript() ?? {}) as Properties;
}

export function toStruct(properties: Properties): Struct {
  return Struct.fromJavaScript(properties as { [key: string]: JavaScriptValue });
}
