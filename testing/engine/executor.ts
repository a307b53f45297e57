import { InitError } from "./provider";
import type { Run } from "./run";
import { needs } from "./stack-state";
import { infoOf, ProtectedError, type Step } from "./step";
import { BailError } from "./types";

/** The run was stopped before this could be done. */
export class StoppedError extends Error {}

/** Carries out steps, so many chains at a time, until an error or the user stops the run. */
export class Executor {
  private free: number;
  private readonly waiting: (() => void)[] = [];
  private readonly running = new Set<Promise<void>>();
  /** URNs whose step failed, or was left out since it needs one that did. */
  readonly lost = new Set<string>();

  constructor(private readonly run: Run) {
    this.free = Math.max(1, run.options.parallel);
    run.stopped.addEventListener("abort", () => {
      for (const wake of this.waiting.splice(0)) wake();
    });
  }

  /**
   * Does the steps one after the other.
   * @throws StoppedError if the run was stopped before all were done; the error of the step that failed.
   */
  chain(steps: readonly Step[]): Promise<void> {
    const done = this.inTurn(async () => {
      for (const step of steps) {
        if (this.run.stopped.aborted) throw new StoppedError("the run was stopped");
        await this.step(step);
      }
    });
    const settled = done.then(
      () => {},
      () => {},
    );
    this.running.add(settled);
    void settled.finally(() => this.running.delete(settled));
    return done;
  }

  /** Does all of them at the same time; a failure is in the run's report, not thrown. */
  async parallel(steps: readonly Step[]): Promise<void> {
    await Promise.allSettled(steps.map((step) => this.chain([step])));
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
  }

  private async inTurn(work: () => Promise<void>): Promise<void> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.free++;
    }
  }

  private async step(step: Step): Promise<void> {
    const begun = performance.now();
    this.run.event({ kind: "step-begin", step: infoOf(step) });
    try {
      await step.apply();
      this.run.event({ kind: "step-end", step: { ...infoOf(step), milliseconds: performance.now() - begun } });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const milliseconds = performance.now() - begun;
      this.run.event({ kind: "step-end", step: { ...infoOf(step), milliseconds, error: message } });
      if (!(error instanceof BailError)) this.run.report("error", describe(step, error, message), step.urn);
      this.lost.add(step.urn);
      if (!this.run.options.continueOnError && !(error instanceof ProtectedError) && step.op !== "refresh") {
        this.run.stop();
      }
      throw error;
    }
  }

  /** Whether a resource needs one that failed; it is then lost too. */
  needsLost(step: Step): boolean {
    const state = step.new ?? step.old;
    if (state === undefined || ![...needs(state)].some((urn) => this.lost.has(urn))) return false;
    this.lost.add(step.urn);
    return true;
  }
}

function describe(step: Step, error: unknown, message: string): string {
  if (error instanceof ProtectedError) return message;
  const doing: Partial<Record<Step["op"], string>> = {
    create: "creating",
    "create-replacement": "creating replacement of",
    update: "updating",
    delete: "deleting",
    "delete-replaced": "deleting replaced",
    read: "reading",
    refresh: "refreshing",
    import: "importing",
  };
  const verb = doing[step.op] ?? step.op;
  const partial =
    error instanceof InitError ? "resource partially created but read failed or it did not become ready: " : "";
  return `${verb} ${step.urn}: ${partial}${message}`;
}
