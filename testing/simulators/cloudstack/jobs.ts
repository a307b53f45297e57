import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, CS_CODES, invalidValue, masked } from "./api-error";
import type { AsyncCommand, Begun } from "./commands/command";
import type { AccountRow, JobRow } from "./records";
import type { CloudState } from "./state";

/** Stages of every job: queued, then running. Each takes its share of the job's time. */
export type Stage = "queued" | "creating" | "working";

const SHARES: Record<Stage, number> = { queued: 0.2, creating: 0.1, working: 0.7 };

/** A job's view of its run. */
export interface JobRun {
  /** Waits for a stage's duration, and while the stage is held. Never returns after a crash. */
  pass(stage: Stage): Promise<void>;
  /** Where this run fails, once. */
  failure(): string | undefined;
}

class CrashedError extends Error {}

/** Duration of jobs in milliseconds: one for all, or by command, with `default` for the rest. */
export type JobTimes = number | Readonly<Record<string, number>>;

/** Runs jobs over time, and kills them when the server crashes. */
export class Jobs {
  private running = new Set<{ crash: AbortController; job: JobRow }>();
  private readonly holds = new Set<{ command: string; stage: Stage; released: Promise<void> }>();
  private readonly failures: { command: string; where: string }[] = [];

  constructor(
    private readonly state: CloudState,
    public times: JobTimes,
  ) {}

  /**
   * Holds jobs of a command in one stage until the returned function is called.
   * @param stage the longest one by default
   */
  hold(command: string, stage: Stage = "working"): () => void {
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const hold = { command, stage, released };
    this.holds.add(hold);
    return () => {
      this.holds.delete(hold);
      release();
    };
  }

  /** Makes the next job of a command fail. @param where a place that the command knows, `primary` or `backup` */
  failNext(command: string, where = "primary"): void {
    this.failures.push({ command, where });
  }

  /**
   * Writes the job's row and starts it.
   * @throws ApiError 530 when the requested id is taken, and 431 when it is not a UUID: the row of `begin` remains
   */
  start(command: AsyncCommand, started: Begun, account: AccountRow, customId: string | undefined): JobRow {
    if (customId !== undefined) {
      if (!UUID.test(customId)) throw invalidValue(`UUID: ${customId} doesn't follow the UUID format`);
      if (this.state.jobs.find(customId) !== undefined)
        throw masked(`Duplicate entry '${customId}' for key 'async_job.uuid'`, CS_CODES.api);
    }
    const job = this.state.jobs.add({
      id: customId ?? randomUUID(),
      command: command.name,
      commandClass: `org.apache.cloudstack.api.command.${command.className}`,
      account,
      status: 0,
      resultCode: 0,
      instance: started.instance,
    });
    void this.run(job, started);
    return job;
  }

  /** Kills running jobs. Rows remain as they are. */
  crash(): void {
    for (const { crash } of this.running) crash.abort();
    this.running.clear();
  }

  /** Resolves when no job is running. */
  async idle(): Promise<void> {
    while (this.running.size > 0) await sleep(2);
  }

  /** A restarting server marks a pending job as failed, without a result. */
  failAfterRestart(job: JobRow): void {
    Object.assign(job, { status: 2, resultCode: 530, completed: new Date() });
  }

  private async run(job: JobRow, started: Begun): Promise<void> {
    const crash = new AbortController();
    const entry = { crash, job };
    this.running.add(entry);
    try {
      const result = await started.work({
        pass: (stage) => this.pass(job.command, stage, crash.signal),
        failure: () => this.takeFailure(job.command),
      });
      Object.assign(job, { status: 1, resultCode: 0, result, completed: new Date() });
    } catch (error) {
      if (error instanceof CrashedError) return;
      const failed = error instanceof ApiError ? error : new ApiError(530, undefined, String(error));
      const result = { errorcode: failed.code, errortext: failed.message };
      Object.assign(job, { status: 2, resultCode: failed.code, result, completed: new Date() });
    } finally {
      this.running.delete(entry);
    }
  }

  private async pass(command: string, stage: Stage, signal: AbortSignal): Promise<void> {
    const crashed = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(new CrashedError()), { once: true });
    });
    // Not every job is waiting at the time of the crash.
    crashed.catch(() => undefined);
    if (signal.aborted) throw new CrashedError();
    await Promise.race([sleep(this.timeOf(command) * SHARES[stage], undefined, { ref: false }), crashed]);
    const holds = [...this.holds].filter((hold) => hold.command === command && hold.stage === stage);
    await Promise.race([Promise.all(holds.map((hold) => hold.released)), crashed]);
    if (signal.aborted) throw new CrashedError();
  }

  private timeOf(command: string): number {
    return typeof this.times === "number" ? this.times : (this.times[command] ?? this.times.default ?? 0);
  }

  private takeFailure(command: string): string | undefined {
    const index = this.failures.findIndex((failure) => failure.command === command);
    return index < 0 ? undefined : this.failures.splice(index, 1)[0]?.where;
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
