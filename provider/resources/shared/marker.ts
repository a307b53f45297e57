import { createHash } from "node:crypto";
import type { Notes } from "../../platforms/ownership";

/*
 * The marker: a short word in a snapshot's description, there from the first moment of its life, by which an interrupted
 * run finds its own snapshot again. It is derived, not random, since a process that was killed can leave nothing behind
 * but what the platform stored.
 */

/** The marker of a resource's first snapshot. @param owner the resource's URN, the same in every run. */
export function firstMarker(owner: string): string {
  return digest(`first\n${owner}`);
}

/** The marker of the snapshot that replaces the one with this marker: the same in every run that replaces it. */
export function nextMarker(marker: string): string {
  return digest(`next\n${marker}`);
}

/** The word for one piece of work of a resource: the same in every run that does this piece, different for every other. */
export function deriveMarker(marker: string, ...parts: string[]): string {
  return digest(["work", marker, ...parts].join("\n"));
}

/** JSON with sorted keys, since a state may give an object back in another order. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === "object" && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** When a snapshot with these notes is due for removal, ISO 8601, or undefined when it never is. */
export function dueAt(notes: Notes | undefined, createdAt: string): string | undefined {
  if (notes === undefined) return undefined;
  if (notes.expiresAt !== undefined) return notes.expiresAt;
  if (notes.ttlSeconds === undefined) return undefined;
  const due = new Date(Date.parse(createdAt) + notes.ttlSeconds * 1000);
  return Number.isNaN(due.getTime()) ? undefined : due.toISOString();
}

function digest(text: string): string {
  const alphabet = "abcdefghijklmnopqrstuvwxyz234567";
  const bytes = createHash("sha256").update(text).digest();
  return Array.from(bytes.subarray(0, 26), (byte) => alphabet[byte & 31]).join("");
}
