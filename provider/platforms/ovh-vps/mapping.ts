import type { PowerState, Snapshot } from "../contract-types";
import { decodeNamedText } from "../ownership";
import type { TextLimits } from "../text-limits";
import type { VpsSnapshot } from "./client/replies";

/** The name is the first line of a text of undocumented maximum length. */
export const TEXT_LIMITS: TextLimits = {
  name: { character: /[^\r\n]/, rule: "a single line" },
};

/** Id and time, so that another snapshot is never mistaken for this one. */
export function snapshotId({ id, creationDate }: VpsSnapshot): string {
  return `${id}@${isoTime(creationDate)}`;
}

export function creationTime(snapshotId: string): number {
  return Date.parse(snapshotId.slice(snapshotId.lastIndexOf("@") + 1));
}

export function volumeSnapshot(snapshot: VpsSnapshot): Snapshot {
  return {
    id: snapshotId(snapshot),
    ...decodeNamedText(snapshot.description),
    createdAt: isoTime(snapshot.creationDate),
    ...common,
  };
}

/** A restore point consists of its time, which is its id. */
export function restorePoint(time: string): Snapshot {
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
