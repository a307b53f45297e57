import type { Blocker, PowerState, TargetState } from "../contract";
import type { GuestRow, SnapshotRow } from "./client/replies";
import { explainLock } from "./errors";
import { snapshotsOf } from "./mapping";
import type { GuestActivity } from "./running-tasks";
import { targetOf } from "./targets";

/** A guest as the contract describes it. */
export function stateOf(
  row: GuestRow,
  snapshots: readonly SnapshotRow[],
  { tasks, stuck }: GuestActivity,
): TargetState {
  const left = stuck === undefined ? undefined : explainLock(row, stuck);
  const blockers: Blocker[] =
    left === undefined ? [] : [{ code: left.code, message: `${left.reason}. ${left.remedy}`, blocks: "all" }];
  return {
    target: targetOf(row),
    powerState: powerOf(row, snapshots),
    snapshots: snapshotsOf(snapshots, tasks.length > 0, row.lock !== undefined),
    blockers,
    runningTasks: tasks,
    resizeBlocked: false,
  };
}

/** The list of snapshots comes from the guest's node; the cluster's list may be a few seconds old. */
export function powerOf({ status, lock }: GuestRow, snapshots: readonly SnapshotRow[]): PowerState {
  if (lock === "suspended") return "suspended";
  const running = snapshots.find(({ name }) => name === "current")?.running;
  if (running !== undefined) return running ? "on" : "off";
  return status === "running" ? "on" : status === "stopped" ? "off" : "unknown";
}
