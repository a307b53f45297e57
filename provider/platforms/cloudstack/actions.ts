import { SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { CloudStackApi } from "./client/api";
import { CloudStackFailure } from "./client/failure";
import { JobWaiter } from "./client/jobs";
import type { Entity } from "./client/replies";
import type { Parameters } from "./client/signing";

/** A job's result. */
export interface Done {
  jobId: string;
  /** The single object in the job's result: the snapshot, the VM, the template. */
  made: Entity;
  /** Its id, from the reply or the job's result. */
  id: string | undefined;
}

/** Starts jobs and waits for them. */
export class Actions {
  private readonly jobs: JobWaiter;
  /** Running jobs of this process, by the object they work on. */
  private readonly working = new Map<string, string>();

  constructor(private readonly api: CloudStackApi) {
    this.jobs = new JobWaiter(api);
  }

  /** @param on id of the changed object, if known in advance */
  async run(command: string, parameters: Parameters, call: OperationContext, on?: string): Promise<Done> {
    const { jobId, id } = await this.api.start(command, parameters, call);
    const thing = on ?? id;
    if (thing !== undefined) this.working.set(thing, jobId);
    const end = await this.jobs.wait(jobId, command, call);
    if (thing !== undefined) this.working.delete(thing);
    if (end.ok) {
      const [made] = Object.values(end.result).filter((value): value is Entity => typeof value === "object");
      return { jobId, made: made ?? {}, id: id ?? (made?.id as string | undefined) ?? end.instanceId };
    }
    if (end.failure !== undefined) throw new CloudStackFailure(command, end.failure.code, end.failure.text, jobId);
    throw new SnapstateError({
      kind: "lost-reply",
      operation: call.operation,
      detail: "the management server stopped while the job was running, so the job has no result",
      taskId: jobId,
    });
  }

  /** This process's job on the object. */
  jobOf(id: string): string | undefined {
    return this.working.get(id);
  }

  /** Whether this process started a job with this id. */
  isJob(id: string): boolean {
    return [...this.working.values()].includes(id);
  }

  /** Waits until a job has ended, regardless of its result. */
  async settled(jobId: string, call: OperationContext): Promise<void> {
    await this.jobs.wait(jobId, "job of another run", call);
  }
}
