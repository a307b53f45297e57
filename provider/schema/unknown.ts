/**
 * Stands for a value that a preview does not know yet. It is the engine's own constant (UnknownStringValue in Pulumi's
 * plugin protocol), repeated here because this layer does not import Pulumi.
 */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** True for an unknown value, and for a list or map that contains one. */
export function hasUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true;
  if (Array.isArray(value)) return value.some(hasUnknown);
  if (value !== null && typeof value === "object") return Object.values(value).some(hasUnknown);
  return false;
}
