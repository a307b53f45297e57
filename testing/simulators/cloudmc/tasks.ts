import { randomUUID } from "node:crypto";
import type { EnvironmentState, SimulatedTask } from "./state";

/** Runs tasks over time. CloudMC keeps a task for about half an hour. */
export class Tasks {
  private readonly timers = new Set<NodeJS.Timeout>();
  /** Makes the next task fail with this reason. */
  failNext: string | undefined;

  constructor(
    private readonly state: EnvironmentState,
    private readonly times: { task: number; life: number },
  ) {}

  /**
   * @param steps the effects half-way and at the end; the last one's value is the task's result
   * @param undo the effect of a failure
   */
  start(steps: { half?: () => void; end: () => unknown; undo?: () => void }): SimulatedTask {
    const task: SimulatedTask = { id: randomUUID(), status: "PENDING", created: Date.now() };
    this.state.tasks.set(task.id, task);
    const why = this.failNext;
    this.failNext = undefined;
    // On a slow machine timers of different durations may fire out of order.
    if (steps.half) this.after(this.times.task / 2, () => task.ended ?? steps.half?.());
    this.after(this.times.task, () => {
      task.ended = Date.now();
      if (why === undefined) {
        task.result = steps.end();
        task.status = "SUCCESS";
      } else {
        steps.undo?.();
        task.result = { message: why };
        task.status = "FAILED";
      }
      this.after(this.times.life, () => this.state.tasks.delete(task.id));
    });
    return task;
  }

  setTime(milliseconds: number): void {
    this.times.task = milliseconds;
  }

  /** The process that runs tasks dies: running ones stop as they are, and no task is known any more. */
  crash(): void {
    this.stop();
    this.state.tasks.clear();
  }

  stop(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }

  private after(milliseconds: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      work();
    }, milliseconds);
    timer.unref();
    this.timers.add(timer);
  }
}
