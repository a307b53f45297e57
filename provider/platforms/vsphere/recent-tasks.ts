import type { RunningTask } from "../contract-types";
import { key } from "./client/reader";
import type { ObjectContent } from "./client/retrieve";
import { refId } from "./client/tasks";
import { element, list, text } from "./client/xml";
import { snapshots } from "./mapping";

/** Operations that change a VM's snapshots (TaskInfo.descriptionId). */
const OPERATIONS = /snapshot|consolidate/i;

/** Recent snapshot tasks of a VM that have not ended. vCenter lists tasks for minutes after their end. */
export function runningTasks(vm: ObjectContent, around: ReadonlyMap<string, ObjectContent>): RunningTask[] {
  return recentTasks(vm, around)
    .filter(({ state, operation }) => (state === "running" || state === "queued") && OPERATIONS.test(operation))
    .map(({ id, operation }) => ({ id, operation }));
}

/** Ids of successful reverts among these tasks. */
export function endedReverts(vm: ObjectContent, around: ReadonlyMap<string, ObjectContent>): string[] {
  return recentTasks(vm, around)
    .filter(({ state, operation }) => state === "success" && /revert/i.test(operation))
    .map(({ id }) => id);
}

/**
 * Whether the VM names a task that is not in the reply. The server reads tasks and VM at different moments: a create
 * accepted in between would appear neither as a task nor as a snapshot.
 */
export function hasUnreadTask(vm: ObjectContent, around: ReadonlyMap<string, ObjectContent>): boolean {
  return recentTasks(vm, around).some(({ id }) => !around.has(key({ type: "Task", id })));
}

/**
 * Ids of successful creates whose snapshot the VM lacks. The server reads a VM before its tasks: a create that ended in
 * between appears neither as a running task nor as a snapshot. Otherwise the snapshot has been removed since.
 */
export function unseenCreates(vm: ObjectContent, around: ReadonlyMap<string, ObjectContent>): string[] {
  const created = recentTasks(vm, around).filter(
    ({ state, operation, result }) => state === "success" && /create/i.test(operation) && result !== undefined,
  );
  if (created.length === 0) return [];
  const present = new Set(
    snapshots(vm.properties.snapshot, { snapshots: undefined, files: undefined }).map(({ id }) => id),
  );
  return created.flatMap(({ id, result = "" }) => (present.has(result) ? [] : [id]));
}

function recentTasks(vm: ObjectContent, around: ReadonlyMap<string, ObjectContent>) {
  return list(element(vm.properties.recentTask)?.ManagedObjectReference).map((value) => {
    const id = refId(value) ?? "";
    const task = around.get(key({ type: "Task", id }));
    return {
      id,
      state: text(task?.properties["info.state"]),
      operation: text(task?.properties["info.descriptionId"]) ?? "",
      result: refId(task?.properties["info.result"]),
    };
  });
}
