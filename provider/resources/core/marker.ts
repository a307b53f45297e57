import { createHash } from "node:crypto";
import { parseDuration } from "./durations";

/**
 * The marker: a short word in a snapshot's description, there from the first moment of its life, by which an interrupted
 * run finds its own snapshot again. It is derived, not random, since a process that was killed can leave nothing behind
 * but what the platform stored.
 */
const LINES = /(?:^|\n{1,2})(?:\[snapstate: ([^\]\n]*)\]\n)?\[snapstate:([a-z2-7]{26})\]\s*$/;

/**
 * A line before these, on a snapshot that a Restore reverts to: what an interrupted run must know. Also on foreign ones.
 * Its whole form is looked for, since a user's text may end in a line that only begins like it.
 */
const RESTORE = /(?:^|\n{1,2})\[snapstate-restore:(|[a-z2-7]{26} (?:begun|ended)(?: [^\]\s]*)*)\]$/;

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
  /** The series of a SnapshotPolicy: its label and a word of the policy's own. */
  series?: string;
}

/** The marker of a resource's first snapshot. @param owner the resource's URN, the same in every run. */
export function firstMarker(owner: string): string {
  return digest(`first\n${owner}`);
}

/** The marker of the snapshot that replaces the one with this marker: the same in every run that replaces it. */
export function nextMarker(marker: string): string {
  return digest(`next\n${marker}`);
}

/** The word for one piece of work of a resource: the same in every run that does this piece, different for every other. */
export function workMarker(marker: string, ...parts: string[]): string {
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

/** The description as the platform stores it. Notes are written only beside a marker, what a Restore notes also without. */
export function withMarker(text: string, marker: string | undefined, notes: Notes = {}, restore?: string): string {
  // An empty line of this kind ends a text that would itself be read as one.
  const line = restore ?? (RESTORE.test(text) ? "" : undefined);
  const noted = line === undefined ? [] : [`[snapstate-restore:${line}]`];
  const description = [...(text === "" ? [] : [text]), ...noted].join("\n\n");
  if (!marker) return description;
  const words = [
    ...(notes.expires === undefined ? [] : [`expires ${notes.expires}`]),
    ...(notes.ttlSeconds === undefined ? [] : [`ttl ${notes.ttlSeconds}s`]),
    ...(notes.hold ? ["hold"] : []),
    ...(notes.series === undefined ? [] : [`series ${notes.series}`]),
  ];
  const lines = `${words.length > 0 ? `[snapstate: ${words.join(", ")}]\n` : ""}[snapstate:${marker}]`;
  return description === "" ? lines : `${description}\n\n${lines}`;
}

/** A stored description taken apart again. */
export function splitMarker(stored: string): { description: string; marker?: string; notes: Notes; restore?: string } {
  const match = LINES.exec(stored);
  const rest = match ? stored.slice(0, match.index) : stored;
  const restore = RESTORE.exec(rest);
  return {
    description: restore ? rest.slice(0, restore.index) : rest,
    ...(match ? { marker: match[2] } : {}),
    notes: readNotes(match?.[1] ?? ""),
    ...(restore?.[1] ? { restore: restore[1] } : {}),
  };
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
    if (key === "ttl" && seconds !== undefined && parseDuration(value) !== undefined)
      notes.ttlSeconds = Number(seconds);
    if (word === "hold") notes.hold = true;
    if (key === "series" && value !== "") notes.series = value;
  }
  return notes;
}

function digest(text: string): string {
  const alphabet = "abcdefghijklmnopqrstuvwxyz234567";
  const bytes = createHash("sha256").update(text).digest();
  return Array.from(bytes.subarray(0, 26), (byte) => alphabet[byte & 31]).join("");
}
