import { createHash } from "node:crypto";

/**
 * The marker: a short word in a snapshot's description, there from the first moment of its life, by which an interrupted
 * run finds its own snapshot again. It is derived, not random, since a process that was killed can leave nothing behind
 * but what the platform stored.
 */
const LINE = /(?:^|\n{1,2})\[snapstate:([a-z2-7]{26})\]\s*$/;

/** The marker of a resource's first snapshot. @param owner the resource's URN, the same in every run. */
export function firstMarker(owner: string): string {
  return digest(`first\n${owner}`);
}

/** The marker of the snapshot that replaces the one with this marker: the same in every run that replaces it. */
export function nextMarker(marker: string): string {
  return digest(`next\n${marker}`);
}

/** The description as the platform stores it. */
export function withMarker(description: string, marker: string | undefined): string {
  if (!marker) return description;
  return description === "" ? `[snapstate:${marker}]` : `${description}\n\n[snapstate:${marker}]`;
}

/** A stored description taken apart again. */
export function splitMarker(stored: string): { description: string; marker?: string } {
  const match = LINE.exec(stored);
  return match ? { description: stored.slice(0, match.index), marker: match[1] } : { description: stored };
}

function digest(text: string): string {
  const alphabet = "abcdefghijklmnopqrstuvwxyz234567";
  const bytes = createHash("sha256").update(text).digest();
  return Array.from(bytes.subarray(0, 26), (byte) => alphabet[byte & 31]).join("");
}
