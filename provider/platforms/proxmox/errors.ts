import { SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { SnapshotRef } from "../contract";
import { classifyError, NO_SNAPSHOT } from "./client/failure";
import type { GuestRow, SnapshotRow } from "./client/replies";
import { snapshotId } from "./mapping";

/** The error for a failed task. Only locks and checks end a task before it changes anything. */
export function taskFailed(why: string, taskId: string, row: GuestRow, call: OperationContext): SnapstateError {
  const { operation } = call;
  const meaning = NO_SNAPSHOT.test(why) ? { kind: "not-found" as const } : classifyError(why);
  const { kind, hint } = meaning ?? { kind: "task-failed" as const, hint: `See the task's log on node ${row.node}` };
  return new SnapstateError({ kind, operation, detail: why, hint, taskId });
}

export function noSuchSnapshot(
  { snapshotId: id }: SnapshotRef,
  snapshots: readonly SnapshotRow[],
  call: OperationContext,
): SnapstateError {
  const name = id.slice(0, id.lastIndexOf("@"));
  const other = snapshots.find((one) => one.name === name);
  const detail =
    other === undefined
      ? `the guest has no snapshot ${JSON.stringify(name)}`
      : `the guest's snapshot ${JSON.stringify(name)} is another snapshot (${snapshotId(other)}, not ${id})`;
  return new SnapstateError({ kind: "not-found", operation: call.operation, detail });
}

/** What a killed task left could not be removed: only an administrator on the node can. */
export function orphanRemains(
  row: GuestRow,
  { name }: SnapshotRow,
  { operation }: OperationContext,
  cause: SnapstateError,
): SnapstateError {
  const tool = toolOf(row);
  return new SnapstateError({
    kind: "conflict",
    operation,
    detail: `${cause.detail ?? cause.message}; the snapshot remains from a killed task`,
    hint: `As root on node ${row.node}: \`${tool} unlock ${row.vmid}; ${tool} delsnapshot ${row.vmid} ${name} --force\`, then run again`,
    taskId: cause.taskId,
  });
}

/** Why a locked guest cannot be changed, with the remedy. No task will remove the lock: waiting would not help. */
export function explainLock(row: GuestRow, lock: string): { code: string; reason: string; remedy: string } {
  if (lock === "suspended") {
    return { code: "hibernated", reason: "it is hibernated", remedy: "Start it, then run again" };
  }
  return {
    code: "stuck-lock",
    reason: `it is locked (${lock}) without a visible task`,
    remedy: `If no task is running, run \`${toolOf(row)} unlock ${row.vmid}\` as root on node ${row.node}`,
  };
}

export function lockedBy(row: GuestRow, lock: string, { operation }: OperationContext): SnapstateError {
  const { reason, remedy } = explainLock(row, lock);
  return new SnapstateError({
    kind: "conflict",
    operation,
    detail: `the guest cannot be changed: ${reason}`,
    hint: remedy,
  });
}

function toolOf({ type }: GuestRow): string {
  return type === "lxc" ? "pct" : "qm";
}

/** @returns true, or the log's reason why there was no freeze */
export function wasFrozen(log: readonly string[]): true | string {
  const why = log.find((line) =>
    /skipping guest filesystem freeze|(freeze|guest-fsfreeze).*(fail|error|timeout|unable)/i.test(line),
  );
  return why?.trim() ?? true;
}
