import { createHash } from "node:crypto";
import { isSnapstateError, SnapstateError } from "../../../core/errors";
import { every, type OperationContext, pollUntil, throwIfAborted } from "../../../core/operation";
import type { Monitor, Monitors } from "./monitor";
import { type Job, jobs } from "./replies";

/** The id of a job, equal in every process that does the same work: a later one finds what an earlier one started. */
export function jobId(operation: string, what: string): string {
  return `snapstate-${operation}-${createHash("sha256").update(what).digest("hex").slice(0, 16)}`;
}

export function isRunning({ status }: Job): boolean {
  return status !== "concluded" && status !== "null";
}

/** Starts a job. A finished job with the same id that nobody has dismissed is dismissed first. */
export async function startJob(monitor: Monitor, command: string, id: string, args: object): Promise<void> {
  const before = (await monitor.ask(jobs, "query-jobs")).find((job) => job.id === id);
  if (before && !isRunning(before)) await monitor.run("job-dismiss", { id });
  await monitor.run(command, { "job-id": id, ...args });
}

export interface Wait {
  socket: string;
  id: string;
  /** Milliseconds between two polls. */
  pause: number;
  /** Called when the job is ready to be completed (an active commit). */
  ready?: (monitor: Monitor) => Promise<void>;
  /** QEMU remembers the job when it has ended, until {@link dismissJob}. @default false */
  keep?: true;
}

/** Dismisses a job that has ended. */
export async function dismissJob(monitors: Monitors, { socket, id }: Wait, call: OperationContext): Promise<void> {
  await monitors.with(socket, call, (monitor) => monitor.run("job-dismiss", { id }));
}

/**
 * Waits for the end of a job, and lets go of it unless told to keep it; one that failed is never kept. Each look is a session of its own, so that others get at the monitor between.
 * @returns what QEMU says went wrong, or undefined
 * @throws SnapstateError `timeout` or `cancelled` with the job's id; `lost-reply` when QEMU has ended or forgotten the job
 */
export async function waitForJob(monitors: Monitors, wait: Wait, call: OperationContext): Promise<{ error?: string }> {
  const { socket, id } = wait;
  const ended = async () => {
    try {
      return await monitors.with(socket, call, (monitor) => observe(monitor, wait, call));
    } catch (error) {
      if (isSnapstateError(error, "cancelled", "timeout")) throwIfAborted(call, id);
      // Another client was faster; the job continues.
      if (!isSnapstateError(error, "busy")) throw error;
      return undefined;
    }
  };
  return pollUntil(ended, every(wait.pause), call, id);
}

/** Jobs remain until they are dismissed, so a missing job ended with its QEMU, or another process dismissed it. */
function forgotten(id: string, { operation }: OperationContext): SnapstateError {
  const detail = "QEMU no longer knows the job: QEMU was restarted, or another process dismissed the job";
  return new SnapstateError({ kind: "lost-reply", operation, detail, taskId: id });
}

async function observe(
  monitor: Monitor,
  { id, ready, keep }: Wait,
  call: OperationContext,
): Promise<{ error?: string } | undefined> {
  const job = (await monitor.ask(jobs, "query-jobs")).find((candidate) => candidate.id === id);
  if (job === undefined) throw forgotten(id, call);
  if (job.status === "ready") await ready?.(monitor);
  if (isRunning(job)) {
    const total = job["total-progress"];
    // Everything is copied before the job is over: then it takes over what was written meanwhile.
    const percent = total > 0 ? Math.min(99, Math.floor((100 * job["current-progress"]) / total)) : undefined;
    call.report({ message: `${job.type} ${job.status}`, ...(percent === undefined ? {} : { percent }) });
    return undefined;
  }
  if (!keep || job.error !== undefined) await monitor.run("job-dismiss", { id });
  return job.error === undefined ? {} : { error: job.error };
}
