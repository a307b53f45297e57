import { isSnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { RunningTask } from "../contract";
import { type ProxmoxApi, path } from "./client/api";
import { type GuestRow, taskListReply } from "./client/replies";
import { idOf } from "./targets";

/** Milliseconds after a lost reply during which a task may run that has not locked the guest yet. */
const UNLOCKED_TASK_WINDOW_MS = 60_000;

/** Running tasks of a guest, and a lock without a task. */
export interface GuestActivity {
  tasks: RunningTask[];
  /** A lock that no task removes: one left by a killed task, or the one of a hibernated guest. */
  stuck?: string;
}

/**
 * Distinguishes a guest with a running task from one with an abandoned lock. Most users cannot see tasks of others, so
 * a lock counts as a running task; without a visible task, only for a while.
 */
export class RunningTasks {
  /** When this process first saw a lock without a task, by `performance.now()`. */
  private readonly firstSeen = new Map<string, { lock: string; at: number }>();
  private readonly doubtful = new Map<string, number>();

  /** @param stuckAfter milliseconds */
  constructor(
    private readonly api: ProxmoxApi,
    private readonly stuckAfter: number,
  ) {}

  /** A task with an unknown id may have been started. */
  doubt(id: string): void {
    this.doubtful.set(id, performance.now() + UNLOCKED_TASK_WINDOW_MS);
  }

  /** @param began when the snapshot in a transient state was started, in milliseconds since 1970 */
  async on(row: GuestRow, began: number | undefined, call: OperationContext): Promise<GuestActivity> {
    const id = idOf(row);
    const { lock } = row;
    if (lock === undefined) this.firstSeen.delete(id);
    if (lock === undefined && (this.doubtful.get(id) ?? 0) <= performance.now()) return { tasks: [] };
    const tasks = await this.active(row, call);
    // A hibernated guest keeps its lock until it is started; `qm unlock` would discard its memory.
    if (lock === "suspended") return tasks.length > 0 ? { tasks } : { tasks, stuck: lock };
    if (tasks.length > 0 || lock === undefined) return { tasks };
    return this.isStuck(id, lock, began)
      ? { tasks: [], stuck: lock }
      : { tasks: [{ id: `lock ${lock}`, operation: lock }] };
  }

  private isStuck(id: string, lock: string, began: number | undefined): boolean {
    const known = this.firstSeen.get(id);
    const since = known?.lock === lock ? known.at : performance.now();
    this.firstSeen.set(id, { lock, at: since });
    const age = lock === "snapshot" && began !== undefined ? Date.now() - began : performance.now() - since;
    return age >= this.stuckAfter;
  }

  private async active({ node, vmid }: GuestRow, call: OperationContext): Promise<RunningTask[]> {
    try {
      const query = { source: "active", vmid: String(vmid) };
      const rows = await this.api.get(path`/nodes/${node}/tasks`, query, taskListReply, call);
      return rows
        .filter(({ status, endtime }) => endtime === undefined && (status === undefined || /^running$/i.test(status)))
        .map(({ upid, type }) => ({ id: upid, operation: type }));
    } catch (error) {
      if (isSnapstateError(error, "permission", "conflict", "bad-input")) return [];
      throw error;
    }
  }
}
