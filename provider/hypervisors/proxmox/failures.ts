import { SnapstateError } from "../../errors";
import type { Call } from "../../waiting";
import type { PointRef } from "../contract";
import { meaningOf, NO_SNAPSHOT } from "./client/failure";
import type { GuestRow, SnapshotRow } from "./client/replies";
import { pointId } from "./points";

/** What the end of a task means. Nothing but locks and checks ends a task before it has begun its work. */
export function taskFailed(why: string, taskId: string, row: GuestRow, call: Call): SnapstateError {
  const { doing } = call;
  const meaning = NO_SNAPSHOT.test(why) ? { kind: "not-found" as const } : meaningOf(why);
  const { kind, hint } = meaning ?? { kind: "task-failed" as const, hint: `See the task's log on node ${row.node}` };
  return new SnapstateError({ kind, doing, answered: why, hint, taskId });
}

export function noSuchSnapshot(
  { pointId: id }: PointRef,
  snapshots: readonly SnapshotRow[],
  call: Call,
): SnapstateError {
  const name = id.slice(0, id.lastIndexOf("@"));
  const other = snapshots.find((one) => one.name === name);
  const answered =
    other === undefined
      ? `the guest has no snapshot ${JSON.stringify(name)}`
      : `the guest's snapshot ${JSON.stringify(name)} is another one (${pointId(other)}, not ${id})`;
  return new SnapstateError({ kind: "not-found", doing: call.doing, answered });
}

export function unsupported(because: string, instead: string, { doing }: Call): SnapstateError {
  return new SnapstateError({ kind: "unsupported", doing, answered: `Proxmox VE ${because}`, hint: instead });
}

/** The remnant of a task that was killed could not be removed: only an administrator on the node can. */
export function remnantStays(
  row: GuestRow,
  { name }: SnapshotRow,
  { doing }: Call,
  cause: SnapstateError,
): SnapstateError {
  const tool = toolOf(row);
  return new SnapstateError({
    kind: "conflict",
    doing,
    answered: `${cause.answered ?? cause.message}; the snapshot is what a killed task has left`,
    hint: `As root on node ${row.node}: \`${tool} unlock ${row.vmid}; ${tool} delsnapshot ${row.vmid} ${name} --force\`, then run again`,
    taskId: cause.taskId,
  });
}

/** Why nothing can be done with a guest whose lock was left behind, and the one thing that helps. */
export function lockedBy(row: GuestRow, lock: string): { because: string; instead: string } {
  return {
    because: `it is locked (${lock}), and no task that can be seen works on it`,
    instead: `If none does, run \`${toolOf(row)} unlock ${row.vmid}\` as root on node ${row.node}`,
  };
}

export function stuck(row: GuestRow, lock: string, { doing }: Call): SnapstateError {
  const { because, instead } = lockedBy(row, lock);
  return new SnapstateError({
    kind: "conflict",
    doing,
    answered: `the guest cannot be changed: ${because}`,
    hint: instead,
  });
}

function toolOf({ type }: GuestRow): string {
  return type === "lxc" ? "pct" : "qm";
}

/** @returns true, or what the log says of a freeze that did not come about */
export function wasFrozen(log: readonly string[]): true | string {
  const why = log.find((line) =>
    /skipping guest filesystem freeze|(freeze|guest-fsfreeze).*(fail|error|timeout|unable)/i.test(line),
  );
  return why?.trim() ?? true;
}
