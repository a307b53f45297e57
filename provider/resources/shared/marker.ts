import { createHash } from "node:crypto";
import type { Notes } from "../../platforms/ownership";

/**
 * The marker: a short token in a snapshot's description, present from the moment of its creation, so that an
 * interrupted run finds its own snapshot. It is derived, not random, because a killed process leaves nothing behind
 * except what the platform stored.
 */

/** The marker of a resource's first snapshot. @param identity of the resource, the same in every run */
export function firstMarker(identity: string): string {
  return digest(`first\n${identity}`);
}

/**
 * The marker of the snapshot that replaces the one with this marker: the same in every run that makes this
 * replacement.
 */
export function nextMarker(marker: string): string {
  return digest(`next\n${marker}`);
}

/**
 * Derives the marker of one step of a resource's work: the same in every run of this step, different for every other.
 */
export function deriveMarker(marker: string, ...parts: string[]): string {
  return digest(["work", marker, ...parts].join("\n"));
}

/** JSON with sorted keys, since a state may return an object's keys in another order. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === "object" && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** When a snapshot with these notes expires, ISO 8601, or undefined when it does not. */
export function dueAt(notes: Notes | undefined, createdAt: string): string | undefined {
  if (notes === undefined) return undefined;
  if (notes.expiresAt !== undefined) return notes.expiresAt;
  return notes.ttlSeconds === undefined ? undefined : timeAfter(createdAt, notes.ttlSeconds * 1000);
}

/** The time so many milliseconds after another, ISO 8601; undefined where that one is not known. */
export function timeAfter(time: string, milliseconds: number): string | undefined {
  const after = new Date(Date.parse(time) + milliseconds);
  return Number.isNaN(after.getTime()) ? undefined : after.toISOString();
}

function digest(text: string): string {
  const alphabet = "abcdefghijklmnopqrstuvwxyz234567";
  const bytes = createHash("sha256").update(text).digest();
  return Array.from(bytes.subarray(0, 26), (byte) => alphabet[byte & 31]).join("");
}
