import { isSnapstateError, SnapstateError } from "../../core/errors";
import type { Snapshot } from "../../platforms/contract";
import type { RestoreNote } from "../../platforms/ownership";
import { type Change, changeOnce, done, mayStillBeRunning, NOT_DONE } from "../shared/change";
import { retryWhileBusy } from "../shared/retry-while-busy";
import { type Job, type Observation, observe } from "./observe";

/**
 * Reverts exactly once.
 *
 * @throws SnapstateError `lost-reply` when the outcome cannot be determined
 */
export function revertOnce(job: Job, source: Snapshot): Promise<void> {
  const { inputs, driver, target, call } = job;
  const ref = { targetId: target.id, snapshotId: source.id };
  const change: Change<void> = {
    send: () => driver.revertToSnapshot(inputs.kind, ref, { suppressPowerOn: inputs.suppressPowerOn }, call),
    observe: async () => {
      const { evidence } = await observe({ ...job, started: true });
      if (evidence === "done") return done(undefined);
      return evidence === "not-done" ? NOT_DONE : { outcome: "unknown" };
    },
    subject: "the VM's state",
    // Whatever made the observation fail, the next run must learn that the reply was lost.
    unobserved: (_failure, lost) => lost,
  };
  return changeOnce(change, call);
}

/** Whether the platform may have started the failed operation; for all other failures it is certain that it has not. */
export function mayHaveStarted(error: unknown): boolean {
  return isSnapstateError(error, "lost-reply") || mayStillBeRunning(error);
}

/**
 * Notes the start of the revert where no safety snapshot will prove it. If the platform stores no such text, or this
 * user may not change it, the revert continues without the note: it was confirmed.
 */
export async function noteBegin(job: Job, view: Observation, source: Snapshot): Promise<void> {
  const from = view.state.snapshots.find(({ isCurrent }) => isCurrent)?.id;
  const started: RestoreNote = { mark: job.mark, phase: "begun", from, tasks: view.state.endedReverts ?? [] };
  await writeNote(job, source, started);
}

/** Notes the end of the revert, or removes the note when nothing was done. */
export async function noteEnd(job: Job, source: Snapshot, outcome: "ended" | "nothing"): Promise<void> {
  const ended: RestoreNote = { mark: job.mark, phase: "ended", tasks: [] };
  await writeNote(job, source, outcome === "ended" ? ended : undefined);
}

async function writeNote({ inputs, driver, target, call }: Job, source: Snapshot, restoreNote?: RestoreNote) {
  if (!driver.supports(inputs.kind, "describe").supported) return;
  const { description, ownership } = source;
  const edit = { text: { description, ownership, restoreNote } };
  const ref = { targetId: target.id, snapshotId: source.id };
  try {
    await retryWhileBusy(call, () => driver.editSnapshot(inputs.kind, ref, edit, call));
  } catch (error) {
    if (!isSnapstateError(error, "permission", "unsupported", "not-found", "lost-reply")) throw error;
    const message = `could not note the revert on ${source.id}: ${error.detail ?? error.kind}. If this run is interrupted, the next one cannot tell whether the revert ended`;
    call.report({ message, severity: "warning" });
  }
}

/** For a revert with an unknown outcome while the current state cannot be kept. */
export function outcomeUnknownError(job: Job, reason: string): SnapstateError {
  return new SnapstateError({
    kind: "conflict",
    operation: job.call.operation,
    detail: `an earlier run started this revert and was interrupted; the platform does not show whether it has ended, and ${reason}`,
    hint: "Check the VM. If it was reverted, set triggers to [] and run; to revert it again, change triggers",
  });
}

/** For a required safety snapshot that does not fit. */
export function noRoom(job: Job): SnapstateError {
  return new SnapstateError({
    kind: "guard",
    operation: job.call.operation,
    detail: "refused before anything was changed: there is no room for a safety snapshot",
    hint: "Remove a snapshot, or set safetySnapshot to false and confirm to the VM's name",
  });
}
