import { SnapstateError } from "../../../core/errors";
import {
  type Clock,
  detachedContext,
  type Observation,
  type OperationContext,
  type PolledTask,
  TaskPoll,
} from "../../../core/operation";
import type { CloudStackApi } from "./api";
import { CloudStackFailure } from "./failure";
import { type Entity, failureIn, type Job } from "./replies";

/** The result of a job. */
export type JobEnd =
  | { ok: true; result: Entity; instanceId: string | undefined }
  /** `failure` is absent if the server stopped while the job was running: then it is unknown what was done. */
  | { ok: false; failure: { code: number; text: string } | undefined };

/** Waits for jobs by one shared poll. No call covers several jobs, so each is requested when it is due. */
export class JobWaiter extends TaskPoll<JobEnd> {
  private readonly requests = new Map<string, Promise<Job | undefined>>();

  constructor(
    private readonly api: Pick<CloudStackApi, "job">,
    clock?: Clock,
  ) {
    super((task) => this.observe(task), false, undefined, clock);
  }

  private async observe({ id, operation, call }: PolledTask<void>): Promise<Observation<JobEnd>> {
    const job = await this.ask(id, call).catch((error: unknown) => {
      if (!(error instanceof CloudStackFailure)) throw error;
      const detail = `CloudStack no longer reports the job: ${error.text}`;
      throw new SnapstateError({ kind: "lost-reply", operation: call.operation, detail, code: String(error.code) });
    });
    if (job === undefined) return undefined;
    if (job.jobstatus === 0) return { progress: { message: `${operation} is pending` } };
    const { jobresult: result, jobinstanceid: instanceId } = job;
    if (job.jobstatus === 1) return { end: { ok: true, result: result ?? {}, instanceId }, succeeded: true };
    const reason = result && (failureIn(result) ?? { code: job.jobresultcode ?? 530, text: "" });
    const stopped = job.jobstatus === 3 ? { code: 530, text: "the job was cancelled by an administrator" } : undefined;
    return { end: { ok: false, failure: reason ?? stopped }, succeeded: false };
  }

  /** Several callers may wait for one job. */
  private ask(id: string, call: OperationContext): Promise<Job | undefined> {
    const known = this.requests.get(id);
    if (known !== undefined) return known;
    const request = this.api.job(id, detachedContext(call)).finally(() => this.requests.delete(id));
    this.requests.set(id, request);
    return request;
  }
}
