import { UNKNOWN } from "../../schema/unknown";

/** Pulumi's placeholder of an unknown string (UnknownStringValue in its plugin protocol), which it uses for any value. */
export const UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The values of a dynamic provider's call, with the lifecycle's placeholder for what is not known yet. */
export function fromPulumi<T>(value: T): T {
  return replaced(value, UNKNOWN_STRING, UNKNOWN) as T;
}

export function toPulumi<T>(value: T): T {
  return replaced(value, UNKNOWN, UNKNOWN_STRING) as T;
}

function replaced(value: unknown, from: string, to: string): unknown {
  if (value === from) return to;
  if (Array.isArray(value)) return value.map((item) => replaced(item, from, to));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaced(item, from, to)]));
}
