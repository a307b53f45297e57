import { encodePart } from "../../errors";

/**
 * What a revert without a safety snapshot writes on the snapshot it reverts to, before it begins and after it has ended.
 * A snapshot's description is not part of the VM's state, so it outlives the revert.
 */
export interface RestoreNote {
  mark: string;
  phase: "begun" | "ended";
  /** The point the VM stood at when it began. */
  from?: string;
  /** Revert tasks that had ended before it began. */
  tasks: string[];
}

export function printNote({ mark, phase, from = "", tasks }: RestoreNote): string {
  return [mark, phase, encodePart(from), tasks.map(encodePart).join(",")].join(" ");
}

/** Undefined for a text that is no note of this kind. */
export function parseNote(text: string | undefined): RestoreNote | undefined {
  const [mark, phase, from = "", tasks = ""] = text?.split(" ") ?? [];
  if (!mark || (phase !== "begun" && phase !== "ended")) return undefined;
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
