import type { Call } from "../../waiting";
import type { RunningTask } from "../contract";
import type { Reader } from "./client/reader";
import { text } from "./client/xml";

/** Operations after which a VM's snapshots are others than before (TaskInfo.descriptionId). */
const OPERATIONS = /snapshot|consolidate/i;

/** Says which of a VM's recent tasks are snapshot tasks that have not ended. vCenter lists tasks for minutes after their end. */
export class RecentTasks {
  private readonly over = new Set<string>();

  constructor(private readonly reader: Reader) {}

  ended(taskId: string): void {
    this.over.add(taskId);
  }

  async running(taskIds: string[], call: Call): Promise<RunningTask[]> {
    const unknown = taskIds.filter((id) => !this.over.has(id));
    const tasks = await Promise.all(unknown.map((id) => this.look(id, call)));
    return tasks.filter((task) => task !== undefined);
  }

  private async look(id: string, call: Call): Promise<RunningTask | undefined> {
    const { object } = await this.reader.read({ type: "Task", id }, ["info.state", "info.descriptionId"], call);
    const state = text(object?.properties["info.state"]);
    const operation = text(object?.properties["info.descriptionId"]) ?? "task";
    const running = (state === "running" || state === "queued") && OPERATIONS.test(operation);
    if (!running) this.over.add(id);
    return running ? { id, operation } : undefined;
  }
}
