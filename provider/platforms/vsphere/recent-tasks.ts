import type { RunningTask } from "../contract-types";
import { key } from "./client/reader";
import type { ObjectContent } from "./client/retrieve";
import { refId } from "./client/tasks";
import { element, list, text } from "./client/xml";

/** Operations after which a VM's snapshots are others than before (TaskInfo.descriptionId). */
const OPERATIONS = /snapshot|consolidate/i;

/** A VM's snapshot tasks that have not ended, of those it lately had. vCenter lists tasks for minutes after their end. */
export function runningTasks(vm: ObjectContent, around: ReadonlyMap<string, ObjectContent>): RunningTask[] {
  return recentTasks(vm, around)
    .filter(({ state, operation }) => (state === "running" || state === "queued") && OPERATIONS.test(operation))
    .map(({ id, operation }) => ({ id, operation }));
}

/** Ids of the VM's reverts, of those tasks, that ended well. */
export function endedReverts(vm: ObjectContent, around: ReadonlyMap<string, ObjectContent>): string[] {
  return recentTasks(vm, around)
    .filter(({ state, operation }) => state === "success" && /revert/i.test(operation))
    .map(({ id }) => id);
}

/**
 * Whether the VM names a task that did not come with it. The server collects the tasks and reads the VM at two moments, and
 * a create that was accepted between them would be seen neither as a task nor as a snapshot.
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
