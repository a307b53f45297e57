import { createHash } from "node:crypto";
import { isSnapstateError, SnapstateError } from "../../../core/errors";
import { every, type OperationContext, pollUntil, throwIfAborted } from "../../../core/operation";
import type { Monitor, Monitors } from "./monitor";
import { type Job, jobs } from "./replies";

/**
 * The id of a job, the same in every process for the same operation, so that a later process finds the job of an
 * earlier one.
 */
export function jobId(operation: string, what: string): string {
  return `snapstate-${operation}-${createHash("sha256").update(what).digest("hex").slice(0, 16)}`;
}

export function isRunning({ status }: Job): boolean {
  return status !== "concluded" && status !== "null";
}

/** Starts a job. Dismisses a finished job with the same id first. */
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
  /** QEMU keeps the job after its end, until {@link dismissJob}. @default false */
  keep?: true;
}

/** Dismisses a job that has ended. */
export async function dismissJob(monitors: Monitors, { socket, id }: Wait, call: OperationContext): Promise<void> {
  await monitors.with(socket, call, (monitor) => monitor.run("job-dismiss", { id }));
}

/**
 * Waits for the end of a job and dismisses it unless it is to be kept; a failed job is always dismissed. Each poll is
 * its own session, so that other clients can use the monitor in between.
 * @returns QEMU's error message, or undefined
 * @throws SnapstateError `timeout` or `cancelled` with the job's id; `lost-reply` when QEMU has exited or no longer has
 * the job
 */
export async function waitForJob(monitors: Monitors, wait: Wait, call: OperationContext): Promise<{ error?: string }> {
  const { socket, id } = wait;
  const ended = async () => {
    try {
      return await monitors.with(socket, call, (monitor) => observe(monitor, wait, call));
    } catch (error) {
      if (isSnapstateError(error, "cancelled", "timeout")) throwIfAborted(call, id);
      // Another client completed it; the job continues.
      if (!isSnapstateError(error, "busy")) throw error;
      return undefined;
    }
  };
  return pollUntil(ended, every(wait.pause), call, id);
}

/** Jobs remain until they are dismissed, so for a missing job QEMU was restarted or another process dismissed it. */
function forgotten(id: string, { operation }: OperationContext): SnapstateError {
  const detail = "QEMU no longer has the job: QEMU was restarted, or another process dismissed it";
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
    // After the copy, the job still transfers what was written meanwhile.
    const percent = total > 0 ? Math.min(99, Math.floor((100 * job["current-progress"]) / total)) : undefined;
    call.report({ message: `${job.type} ${job.status}`, ...(percent === undefined ? {} : { percent }) });
    return undefined;
  }
  if (!keep || job.error !== undefined) await monitor.run("job-dismiss", { id });
  return job.error === undefined ? {} : { error: job.error };
}
