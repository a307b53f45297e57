import { SnapstateError } from "../../errors";
import type { Point, PowerState } from "../contract";
import type { TextLimits } from "../text-limits";
import type { VpsSnapshot } from "./client/replies";

/** A marker, with the line of notes before it, after any white space. */
const MARKED = /\s+(?:(\[snapstate: [^\]\n]*\])\s+)?(\[snapstate:[a-z2-7]{26}\])\s*$/;

/** The name is the first line of a text whose length nobody documents. */
export const TEXT_LIMITS: TextLimits = {
  name: { character: /[^\r\n]/, rule: "a single line" },
};

/**
 * The one text that OVHcloud keeps: the name in its first line, then the description with the marker.
 *
 * @throws SnapstateError `bad-input` for a name of more than one line, or one that would be read as a marker
 */
export function storedText(name: string, description: string, doing: string): string {
  if (/[\r\n]/.test(name)) {
    throw new SnapstateError({ kind: "bad-input", doing, answered: "the name has more than one line" });
  }
  const stored = description === "" ? name : `${name}\n${description}`;
  const read = splitText(stored);
  if (read.name === name && read.description === description) return stored;
  throw new SnapstateError({ kind: "bad-input", doing, answered: "the name ends as a marker of snapstate does" });
}

/** A stored text taken apart again, also when somebody has edited it in a control panel with a single line. */
export function splitText(stored: string): { name: string; description: string } {
  const marked = MARKED.exec(stored);
  const text = marked && !stored.includes("\n") ? `${stored.slice(0, marked.index)}\n${linesOf(marked)}` : stored;
  const end = text.indexOf("\n");
  return end === -1 ? { name: text, description: "" } : { name: text.slice(0, end), description: text.slice(end + 1) };
}

function linesOf([, notes, marker]: RegExpExecArray): string {
  return notes === undefined ? (marker ?? "") : `${notes}\n${marker}`;
}

/** Id and time together, so that another snapshot is never taken for this one. */
export function pointId({ id, creationDate }: VpsSnapshot): string {
  return `${id}@${isoTime(creationDate)}`;
}

export function creationTime(pointId: string): number {
  return Date.parse(pointId.slice(pointId.lastIndexOf("@") + 1));
}

export function snapshotPoint(snapshot: VpsSnapshot): Point {
  return {
    id: pointId(snapshot),
    ...splitText(snapshot.description),
    createdAt: isoTime(snapshot.creationDate),
    ...common,
  };
}

/** The time of a restore point is all there is of it, and its id. */
export function restorePoint(time: string): Point {
  return { id: time, name: time, description: "", createdAt: isoTime(time), ...common };
}

const common = { isCurrent: false, depth: 1, consistency: "unknown", powerState: "unknown" } as const;

export function powerState(state: string): PowerState {
  if (state === "running" || state === "backuping" || state === "rescued") return "on";
  return state === "stopped" ? "off" : "unknown";
}

function isoTime(text: string): string {
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? "" : time.toISOString();
}
