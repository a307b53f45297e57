import { dateOf, type SimulatedTask, type SimulatedVps, type TaskState } from "./state";

interface Running {
  vps: SimulatedVps;
  task: SimulatedTask;
  end: () => void;
  timers: NodeJS.Timeout[];
}

const ENDED: readonly TaskState[] = ["done", "cancelled", "error"];

/** Runs tasks over time: `todo`, then `doing` with progress, then an end. */
export class Tasks {
  /** The next task ends in this state without an effect. */
  failNext: "error" | "cancelled" | "blocked" | undefined;
  private readonly running = new Map<number, Running>();
  private readonly forgetting = new Set<NodeJS.Timeout>();
  private last = 40_000_000;

  /** @param times duration of a task, and how long an ended one is kept, in milliseconds */
  constructor(readonly times: { task: number; life: number }) {}

  /** @param end the task's effect */
  start(vps: SimulatedVps, type: string, end: () => void): SimulatedTask {
    const task: SimulatedTask = { id: ++this.last, type, state: "todo", progress: 0, date: dateOf(Date.now()) };
    vps.tasks.push(task);
    const failure = this.failNext;
    this.failNext = undefined;
    const running: Running = { vps, task, end, timers: [] };
    this.running.set(task.id, running);
    const after = (share: number, work: () => void) =>
      running.timers.push(setTimeout(work, this.times.task * share).unref());
    after(0.1, () => Object.assign(task, { state: "doing", progress: 10 }));
    after(0.5, () => Object.assign(task, { progress: 50 }));
    after(1, () => this.finish(running, failure ?? "done"));
    return { ...task };
  }

  /** Ends the tasks of this VPS without their effect. */
  abort(vps: SimulatedVps, ...types: string[]): boolean {
    const found = [...this.running.values()].filter((one) => one.vps === vps && types.includes(one.task.type));
    for (const one of found) this.finish(one, "cancelled");
    return found.length > 0;
  }

  /** The process that runs tasks dies. */
  halt(): void {
    for (const { timers } of this.running.values()) for (const timer of timers) clearTimeout(timer);
  }

  /** Ends the running tasks, with or without their effect. */
  resume(outcome: "done" | "error"): void {
    for (const one of [...this.running.values()]) this.finish(one, outcome);
  }

  stop(): void {
    this.halt();
    this.running.clear();
    for (const timer of this.forgetting) clearTimeout(timer);
    this.forgetting.clear();
  }

  private finish(running: Running, state: "done" | "error" | "cancelled" | "blocked"): void {
    const { vps, task, end, timers } = running;
    for (const timer of timers) clearTimeout(timer);
    if (state === "done") end();
    Object.assign(task, { state, ...(state === "done" ? { progress: 100 } : {}) });
    this.running.delete(task.id);
    const timer = setTimeout(() => {
      this.forgetting.delete(timer);
      vps.tasks = vps.tasks.filter(({ id }) => id !== task.id);
    }, this.times.life).unref();
    this.forgetting.add(timer);
  }
}

/** Tasks that block others. */
export function underWay(vps: SimulatedVps): SimulatedTask[] {
  return vps.tasks.filter(({ state }) => !ENDED.includes(state));
}
