import { SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { SnapshotRef } from "../contract-types";
import type { Entity } from "./client/api";
import { field } from "./environment";

export function taskFailed(why: string, taskId: string, call: OperationContext): SnapstateError {
  return new SnapstateError({ kind: "task-failed", operation: call.operation, detail: why, taskId });
}

/** The snapshot exists, but its id is unknown. */
export function unnamed(taskId: string, call: OperationContext): SnapstateError {
  const detail = "the task succeeded but named no id";
  return new SnapstateError({ kind: "lost-reply", operation: call.operation, detail, taskId });
}

export function contradiction({ snapshotId }: SnapshotRef, call: OperationContext): SnapstateError {
  return new SnapstateError({
    kind: "protocol",
    operation: call.operation,
    detail: `CloudMC lists ${snapshotId} but reports that it does not exist`,
    hint: "Adjust the connection's profile to this CloudMC",
  });
}

/** The id in a task's result, or in the data of a new object. */
export function idIn(value: unknown): string | undefined {
  const id = typeof value === "object" && value !== null ? field(value as Entity, "id") : "";
  return id === "" ? undefined : id;
}
