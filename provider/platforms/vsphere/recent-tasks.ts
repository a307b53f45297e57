import type { RunningTask } from "../contract-types";
import { key } from "./client/reader";
import type { ObjectContent } from "./client/retrieve";
import { refId } from "./client/tasks";
import { element, list, text } from "./client/xml";

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

function recentTasks(vm: ObjectContent, around: ReadonlyMap<string, ObjectContent>) {
  return list(element(vm.properties.recentTask)?.ManagedObjectReference).map((value) => {
    const id = refId(value) ?? "";
    const task = around.get(key({ type: "Task", id }));
    return {
      id,
      state: text(task?.properties["info.state"]),
      operation: text(task?.properties["info.descriptionId"]) ?? "",
    };
  });
}
