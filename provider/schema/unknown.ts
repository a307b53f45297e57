/** Placeholder of an input that is unknown in a preview. Each adapter translates that of its engine. */
export const UNKNOWN = "snapstate:unknown:5b0f3a52-8c1d-4f7e-9f0a-3d2c6e7b8a94";

/** True for an unknown value, and for a list or map that contains one. */
export function hasUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true;
  if (Array.isArray(value)) return value.some(hasUnknown);
  if (value !== null && typeof value === "object") return Object.values(value).some(hasUnknown);
  return false;
}
