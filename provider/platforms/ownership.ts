import { encodePart, SnapstateError } from "../core/errors";

/** Which resource owns a snapshot, and what reports and prunes need without a stack. */
export interface Ownership {
  /** 26 characters, derived from the resource's identity. Present from the snapshot's first moment. */
  marker: string;
  /** When it expires, ISO 8601, UTC. */
  expiresAt?: string;
  /** Seconds from its creation until it expires. */
  ttlSeconds?: number;
  /** Whether it must not be removed. @default false */
  hold?: boolean;
  /** The name of a SnapshotPolicy's series: see {@link seriesWord}. */
  series?: string;
  /**
   * How often a create has taken the snapshot over by its marker. A state with a smaller number is older than the one
   * of the last take-over, and must not delete the snapshot. @default 0
   */
  claim?: number;
}

/** Written beside the marker. For a resource, the stack's state takes precedence. */
export type Notes = Omit<Ownership, "marker">;

/**
 * What a revert without a safety snapshot writes on its target snapshot before and after the revert. Descriptions are
 * not part of the VM's state, so they survive the revert. Foreign snapshots may have one.
 */
export interface RestoreNote {
  mark: string;
  phase: "begun" | "ended";
  /** The VM's current snapshot when the revert began. */
  from?: string;
  /** Revert tasks that had ended before it began. */
  tasks: string[];
}

/** All text of a snapshot except its name. */
export interface SnapshotText {
  /** The user's own words. */
  description: string;
  /** Absent on a foreign snapshot. */
  ownership?: Ownership;
  restoreNote?: RestoreNote;
}

/**
 * The name of a series on the platform.
 *
 * @param key unique to the policy, without a colon
 */
export function seriesWord(label: string, key: string): string {
  return `${label}:${key}`;
}

export function labelOfSeries(word: string): string {
  return word.slice(0, word.includes(":") ? word.lastIndexOf(":") : undefined);
}

/** Length of a marker at the end of a name, with the preceding space. */
export const MARKER_ROOM = 39;

const MARKER = "\\[snapstate:([a-z2-7]{26})\\]";
const NOTES = "\\[snapstate: ([^\\]\\n]*)\\]";
const LINES = new RegExp(`(?:^|\\n{1,2})(?:${NOTES}\\n)?${MARKER}\\s*$`);
const MARKED_NAME = new RegExp(`^(.*) ${MARKER}$`, "s");
/** After any white space, since single-line control panels remove line breaks. */
const FLATTENED = new RegExp(`\\s+(?:${NOTES}\\s+)?${MARKER}\\s*$`);
/** Matches the complete form only: the last line of a user's text may begin like one. */
const RESTORE = /(?:^|\n{1,2})\[snapstate-restore:(|[a-z2-7]{26} (?:begun|ended)(?: [^\]\s]*)*)\]$/;

/**
 * Joins description, restore note, notes and marker into lines, in this order. Notes are written only with a marker.
 */
export function encodeText({ description, ownership, restoreNote }: SnapshotText): string {
  // An empty note separates a description that looks like a note.
  const note = restoreNote ? encodeRestoreNote(restoreNote) : RESTORE.test(description) ? "" : undefined;
  const noted = note === undefined ? [] : [`[snapstate-restore:${note}]`];
  const lines = ownership === undefined ? [] : [encodeOwnership(ownership)];
  return [...(description === "" ? [] : [description]), ...noted, ...lines].join("\n\n");
}

export function decodeText(stored: string): SnapshotText {
  const [whole = "", notes = "", marker] = LINES.exec(stored) ?? [];
  const rest = stored.slice(0, stored.length - whole.length);
  const [line = "", note = ""] = RESTORE.exec(rest) ?? [];
  const restoreNote = decodeRestoreNote(note);
  // An unreadable note remains part of the description.
  const isOurs = note === "" || restoreNote !== undefined;
  return {
    description: isOurs ? rest.slice(0, rest.length - line.length) : rest,
    ...(marker === undefined ? {} : { ownership: { marker, ...decodeNotes(notes) } }),
    ...(restoreNote === undefined ? {} : { restoreNote }),
  };
}

/** Whether both have the same stored text. */
export function isSameText(one: SnapshotText, other: SnapshotText): boolean {
  return encodeText(one) === encodeText(other);
}

/** The minimal text that must be stored from the first moment. */
export function markerOnly({ ownership }: SnapshotText): SnapshotText {
  return { description: "", ...(ownership === undefined ? {} : { ownership: { marker: ownership.marker } }) };
}

/**
 * Name and marker in one text, for platforms without descriptions.
 *
 * @param longest maximum length on the platform
 * @throws SnapstateError `unsupported` for anything beside the marker, `bad-input` for a name that is too long, or for
 * one that ends in another marker
 */
export function encodeMarkedName(name: string, text: SnapshotText, longest: number, operation: string): string {
  if (!isSameText(text, markerOnly(text))) {
    const detail = "the platform stores no description of a snapshot";
    throw new SnapstateError({ kind: "unsupported", operation, detail, hint: "Omit the description" });
  }
  const stored = text.ownership === undefined ? name : `${name} ${encodeText(text)}`;
  if (text.ownership === undefined && MARKED_NAME.test(name)) {
    throw badName(operation, "the name ends in a snapstate marker, which would be removed when it is read", "another");
  }
  if (stored.length <= longest) return stored;
  const room = longest - (stored.length - name.length);
  throw badName(operation, `the name has ${name.length} characters, and the platform takes ${room}`, "a shorter");
}

export function decodeMarkedName(stored: string): { name: string } & SnapshotText {
  const [, name, marker] = MARKED_NAME.exec(stored) ?? [];
  if (name === undefined || marker === undefined) return { name: stored, description: "" };
  return { name, description: "", ownership: { marker } };
}

/**
 * Name and text in one, for platforms with a single text field: the name is the first line.
 *
 * @throws SnapstateError `bad-input` for a name of more than one line, or one that would be read as a marker
 */
export function encodeNamedText(name: string, text: SnapshotText, operation: string): string {
  if (/[\r\n]/.test(name)) throw badName(operation, "the name has more than one line", "another");
  const lines = encodeText(text);
  const stored = lines === "" ? name : `${name}\n${lines}`;
  const read = decodeNamedText(stored);
  if (read.name === name && isSameText(read, decodeText(lines))) return stored;
  throw badName(operation, "the name ends in a snapstate marker", "another");
}

/** Also parses text edited in a single-line control panel. */
export function decodeNamedText(stored: string): { name: string } & SnapshotText {
  const flat = stored.includes("\n") ? null : FLATTENED.exec(stored);
  if (flat !== null) {
    const [, notes = "", marker = ""] = flat;
    return { name: stored.slice(0, flat.index), description: "", ownership: { marker, ...decodeNotes(notes) } };
  }
  const end = stored.indexOf("\n");
  if (end === -1) return { name: stored, description: "" };
  return { name: stored.slice(0, end), ...decodeText(stored.slice(end + 1)) };
}

function encodeOwnership({ marker, expiresAt: expires, ttlSeconds, hold, series, claim }: Ownership): string {
  const words = [
    ...(expires === undefined ? [] : [`expires ${expires}`]),
    ...(ttlSeconds === undefined ? [] : [`ttl ${ttlSeconds}s`]),
    ...(hold ? ["hold"] : []),
    ...(series === undefined ? [] : [`series ${series}`]),
    ...(claim === undefined ? [] : [`claim ${claim}`]),
  ];
  return `${words.length > 0 ? `[snapstate: ${words.join(", ")}]\n` : ""}[snapstate:${marker}]`;
}

/** Longest accepted time to live, in seconds: 100 years. */
const MAX_TTL_SECONDS = 3_153_600_000;

/** Unknown words are ignored: a user or a later version may have written them. */
function decodeNotes(text: string): Notes {
  const notes: Notes = {};
  for (const word of text.split(",").map((part) => part.trim())) {
    const [key, value = ""] = word.split(" ");
    const time = Date.parse(value);
    const seconds = Number(/^(\d+(?:\.\d+)?)s$/.exec(value)?.[1] ?? Number.NaN);
    if (key === "expires" && !Number.isNaN(time)) notes.expiresAt = new Date(time).toISOString();
    if (key === "ttl" && seconds <= MAX_TTL_SECONDS) notes.ttlSeconds = seconds;
    if (word === "hold") notes.hold = true;
    if (key === "series" && value !== "") notes.series = value;
    if (key === "claim" && /^[1-9]\d{0,8}$/.test(value)) notes.claim = Number(value);
  }
  return notes;
}

function encodeRestoreNote({ mark, phase, from = "", tasks }: RestoreNote): string {
  return [mark, phase, encodePart(from), tasks.map(encodePart).join(",")].join(" ");
}

function decodeRestoreNote(text: string): RestoreNote | undefined {
  const [mark = "", phase, from = "", tasks = ""] = text.split(" ");
  if (phase !== "begun" && phase !== "ended") return undefined;
  try {
    return {
      mark,
      phase,
      ...(from === "" ? {} : { from: decodeURIComponent(from) }),
      tasks: tasks === "" ? [] : tasks.split(",").map(decodeURIComponent),
    };
  } catch {
    return undefined;
  }
}

function badName(operation: string, detail: string, which: "another" | "a shorter"): SnapstateError {
  return new SnapstateError({ kind: "bad-input", operation, detail, hint: `Give it ${which} name` });
}
