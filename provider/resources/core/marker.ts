import { createHash } from "node:crypto";

/**
 * The marker: a short word in a snapshot's description, there from the first moment of its life, by which an interrupted
 * run finds its own snapshot again. It is derived, not random, since a process that was killed can leave nothing behind
 * but what the platform stored.
 */
const LINES = /(?:^|\n{1,2})(?:\[snapstate: ([^\]\n]*)\]\n)?\[snapstate:([a-z2-7]{26})\]\s*$/;

/**
 * What is written beside the marker, for those who look at the platform and have no stack at hand: reports, and the
 * pruning of what has expired. The stack's state is what counts for a resource.
 */
export interface Notes {
  /** ISO 8601, UTC. */
  expires?: string;
  /** Seconds from creation. */
  ttlSeconds?: number;
  hold?: boolean;
}

/** The marker of a resource's first snapshot. @param owner the resource's URN, the same in every run. */
export function firstMarker(owner: string): string {
  return digest(`first\n${owner}`);
}

/** The marker of the snapshot that replaces the one with this marker: the same in every run that replaces it. */
export function nextMarker(marker: string): string {
  return digest(`next\n${marker}`);
}

/** The description as the platform stores it. Notes are written only beside a marker. */
export function withMarker(description: string, marker: string | undefined, notes: Notes = {}): string {
  if (!marker) return description;
  const words = [
    ...(notes.expires === undefined ? [] : [`expires ${notes.expires}`]),
    ...(notes.ttlSeconds === undefined ? [] : [`ttl ${notes.ttlSeconds}s`]),
    ...(notes.hold ? ["hold"] : []),
  ];
  const lines = `${words.length > 0 ? `[snapstate: ${words.join(", ")}]\n` : ""}[snapstate:${marker}]`;
  return description === "" ? lines : `${description}\n\n${lines}`;
}

/** A stored description taken apart again. */
export function splitMarker(stored: string): { description: string; marker?: string; notes: Notes } {
  const match = LINES.exec(stored);
  if (!match) return { description: stored, notes: {} };
  return { description: stored.slice(0, match.index), marker: match[2], notes: readNotes(match[1] ?? "") };
}

/** When a snapshot with these notes is due for removal, ISO 8601, or undefined when it never is. */
export function dueAt(notes: Notes, createdAt: string): string | undefined {
  if (notes.expires !== undefined) return notes.expires;
  if (notes.ttlSeconds === undefined) return undefined;
  const due = new Date(Date.parse(createdAt) + notes.ttlSeconds * 1000);
  return Number.isNaN(due.getTime()) ? undefined : due.toISOString();
}

/** Words that are not understood are left out: a person, or a later version, may have written them. */
function readNotes(text: string): Notes {
  const notes: Notes = {};
  for (const word of text.split(",").map((part) => part.trim())) {
    const [key, value = ""] = word.split(" ");
    const time = Date.parse(value);
    const seconds = /^(\d+(?:\.\d+)?)s$/.exec(value)?.[1];
    if (key === "expires" && !Number.isNaN(time)) notes.expires = new Date(time).toISOString();
    if (key === "ttl" && seconds !== undefined) notes.ttlSeconds = Number(seconds);
    if (word === "hold") notes.hold = true;
  }
  return notes;
}

function digest(text: string): string {
  const alphabet = "abcdefghijklmnopqrstuvwxyz234567";
  const bytes = createHash("sha256").update(text).digest();
  return Array.from(bytes.subarray(0, 26), (byte) => alphabet[byte & 31]).join("");
}
