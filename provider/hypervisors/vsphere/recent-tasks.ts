import type { RunningTask } from "../contract";
import { key } from "./client/reader";
import type { ObjectContent } from "./client/retrieve";
import { refId } from "./client/tasks";
import { element, list, text } from "./client/xml";

/** Operations after which a VM's snapshots are others than before (TaskInfo.descriptionId). */
const OPERATIONS = /snapshot|consolidate/i;

/** A VM's snapshot tasks that have not ended, of those it lately had. vCenter lists tasks for minutes after their end. */
export function runningTasks(vm: ObjectContent, around: ReadonlyMap<string, ObjectContent>): RunningTask[] {
  const running: RunningTask[] = [];
  for (const value of list(element(vm.properties.recentTask)?.ManagedObjectReference)) {
    const id = refId(value) ?? "";
    const task = around.get(key({ type: "Task", id }));
    const state = text(task?.properties["info.state"]);
    const operation = text(task?.properties["info.descriptionId"]) ?? "";
    if ((state === "running" || state === "queued") && OPERATIONS.test(operation)) running.push({ id, operation });
  }
  return running;
}
