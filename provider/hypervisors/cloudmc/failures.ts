import { SnapstateError } from "../../errors";
import type { Call } from "../../waiting";
import type { PointRef } from "../contract-types";
import type { Entity } from "./client/api";
import { field } from "./environment";

export function taskFailed(why: string, taskId: string, call: Call): SnapstateError {
  return new SnapstateError({ kind: "task-failed", doing: call.doing, answered: why, taskId });
}

/** The snapshot is there and nobody says which it is. */
export function unnamed(taskId: string, call: Call): SnapstateError {
  const answered = "the task ended well and named no id";
  return new SnapstateError({ kind: "lost-reply", doing: call.doing, answered, taskId });
}

export function contradiction({ pointId }: PointRef, call: Call): SnapstateError {
  return new SnapstateError({
    kind: "protocol",
    doing: call.doing,
    answered: `CloudMC lists ${pointId} and says that it does not exist`,
    hint: "Set the connection's profile to what this CloudMC has",
  });
}

/** The id in a task's result, or in what CloudMC tells of a new thing already. */
export function idIn(value: unknown): string | undefined {
  const id = typeof value === "object" && value !== null ? field(value as Entity, "id") : "";
  return id === "" ? undefined : id;
}
