import { SnapstateError } from "../../errors";
import type { Call } from "../../waiting";

/** On the platform's word: the VPS was read, and has another snapshot or none. */
export function notThere(pointId: string, instead: string | undefined, call: Call): SnapstateError {
  const there = instead === undefined ? "no snapshot" : `another snapshot, ${instead}`;
  return new SnapstateError({
    kind: "not-found",
    doing: call.doing,
    answered: `${pointId} does not exist: the VPS has ${there}`,
  });
}

export function another(what: string, taskId: string, call: Call): SnapstateError {
  return new SnapstateError({
    kind: "conflict",
    doing: call.doing,
    answered: `the task ended well, and the VPS has ${what}`,
    hint: "Somebody else works on this VPS: look at its snapshot in the control panel, then run again",
    taskId,
  });
}
