import type { Point, PowerState } from "../contract-types";
import { decodeNamedText } from "../ownership";
import type { TextLimits } from "../text-limits";
import type { VpsSnapshot } from "./client/replies";

/** The name is the first line of a text whose length nobody documents. */
export const TEXT_LIMITS: TextLimits = {
  name: { character: /[^\r\n]/, rule: "a single line" },
};

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
    ...decodeNamedText(snapshot.description),
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
