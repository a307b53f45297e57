import { asSnapstateError } from "../../core/errors";
import type { Snapshot, TargetState } from "../../platforms/contract";
import type { Context } from "../shared/lifecycle";
import { describable } from "../snapshot/names";
import { removeOnce } from "../snapshot/remove";
import { takeSnapshot } from "../snapshot/take";
import type { RestoreInputs } from "./inputs";
import { type Job, type Observation, safetyMarks } from "./observe";

/**
 * Whether memory must be included because the platform cannot take disks only: CloudStack on KVM if a snapshot with
 * memory exists.
 */
export function needsMemory({ safetyMemory }: RestoreInputs, { powerState, blockers }: TargetState): boolean {
  return powerState === "on" && (safetyMemory || blockers.some(({ blocks }) => blocks === "disks"));
}

/** Whether one more snapshot is possible with which the platform can still revert. */
export function canKeep(
  { inputs, driver, mark }: Pick<Job, "inputs" | "driver" | "mark">,
  { state, safeties }: Observation,
): boolean {
  const most = driver.maxSnapshots?.(inputs.kind);
  const room = !state.newestOnly && (most === undefined || state.snapshots.length < most);
  return room && driver.supports(inputs.kind, "create").supported && freeMark(mark, safeties) !== undefined;
}

/** The first marker that is not in use. */
function freeMark(mark: string, safeties: Snapshot[]): string | undefined {
  const last = safeties.at(-1);
  const marks = safetyMarks(mark);
  return marks[last === undefined ? 0 : marks.indexOf(last.ownership?.marker ?? "") + 1];
}

/**
 * Removes what earlier runs kept before a revert that never happened: the VM continued from there, and the newest
 * safety snapshot, below them, contains everything.
 */
export async function dropStale(job: Job, stale: Snapshot[]): Promise<void> {
  const { inputs, driver, target, call } = job;
  for (const { id } of stale) {
    await removeOnce(driver, inputs.kind, { targetId: target.id, snapshotId: id }, call).catch((error: unknown) => {
      const { message } = asSnapstateError(error, `remove the outdated safety snapshot ${id}`);
      call.report({ message, severity: "warning" });
    });
  }
}

/** Keeps the current state in a snapshot, exactly once: an interrupted run's is found by its marker. */
export async function takeSafety(job: Job, view: Observation, source: Snapshot, context: Context): Promise<void> {
  const { inputs, driver, target, mark } = job;
  const { connection, kind, timeouts } = inputs;
  const description = `The state before the revert to ${JSON.stringify(source.name)} (${source.id})`;
  const marker = freeMark(mark, view.safeties) ?? "";
  job.call.report({ message: "taking a safety snapshot of the current state" });
  const spec = {
    connection,
    target: { id: target.id },
    // Some platforms require snapshot names to be unique within a VM.
    name: `before-restore-${marker.slice(0, 8)}`,
    description: describable(driver, kind, description),
    marker,
    memory: needsMemory(inputs, view.state),
    timeouts,
  };
  await takeSnapshot(kind, spec, context);
}
