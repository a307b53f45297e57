import { onlyGone, SnapstateError } from "../../errors";
import type { Hypervisor, Point, PointKind, Target, TargetState } from "../../hypervisors/contract";
import type { Call } from "../../waiting";
import { type Change, changeOnce, done, NOT_DONE, REPEATABLE } from "../core/change";
import { type Finding, refusal, warning } from "../core/preflight";
import { hasUnknown } from "../core/unknown";
import { inspectSettled } from "../point/find";

/** Which of a VM's snapshots a run deletes: none, those with an owner, or all there are. */
export type DeleteSnapshots = "none" | "managed" | "all";

export interface Deletion {
  kind: PointKind;
  deleteSnapshots: DeleteSnapshots;
  confirm?: string;
}

/** Those that a run would delete, children before parents. */
export function toDelete({ deleteSnapshots }: Deletion, { points }: TargetState): Point[] {
  if (deleteSnapshots === "none") return [];
  const chosen = deleteSnapshots === "all" ? points : points.filter(({ ownership }) => ownership !== undefined);
  return [...chosen].reverse();
}

/** What speaks against deleting, before anything is touched. */
export function guardDeletion(deletion: Deletion, state: TargetState): Finding[] {
  const findings = deletion.deleteSnapshots === "all" ? confirmFindings(deletion, state.target) : [];
  const held = toDelete(deletion, state).filter(({ ownership }) => ownership?.hold);
  if (held.length > 0) {
    const message = `on hold: ${describe(held)}. Lift the hold where it was set, or set deleteSnapshots to none`;
    findings.push({ ...refusal(message, "deleteSnapshots"), kind: "held" });
  }
  return findings;
}

/** Foreign snapshots go too, so the program must spell out what it is about. */
function confirmFindings({ confirm = "" }: Deletion, { name }: Target): Finding[] {
  if (confirm === name || hasUnknown(confirm)) return [];
  const names = `confirm is ${JSON.stringify(confirm)} and the target's name is ${JSON.stringify(name)}`;
  return [refusal(`${names}: to delete all snapshots the two must be equal`, "confirm")];
}

/** What would go, for a preview. */
export function announceDeletion(deletion: Deletion, state: TargetState): Finding[] {
  const points = toDelete(deletion, state);
  if (points.length === 0) return [];
  return [warning(`deletes ${points.length === 1 ? "1 snapshot" : `${points.length} snapshots`}: ${describe(points)}`)];
}

/**
 * Deletes what was chosen from this read of the target. One that has gone meanwhile is what was wanted.
 *
 * @returns the ids of what is gone
 */
export async function deleteSnapshots(
  deletion: Deletion,
  hypervisor: Hypervisor,
  state: TargetState,
  call: Call,
): Promise<string[]> {
  const points = toDelete(deletion, state);
  if (points.length === 0) return [];
  call.report({ message: `deleting ${describe(points)}` });
  if (deletion.deleteSnapshots === "all") await deleteAll(deletion.kind, hypervisor, state.target, call);
  else for (const { id } of points) await deleteOne(deletion.kind, hypervisor, state.target, id, call);
  return points.map(({ id }) => id);
}

async function deleteAll(kind: PointKind, hypervisor: Hypervisor, target: Target, call: Call): Promise<void> {
  const change: Change<void> = {
    send: () => hypervisor.removeAllPoints(kind, target.id, call),
    observe: async () => {
      const { points } = await inspectSettled(hypervisor, kind, target.id, call);
      return points.length === 0 ? done(undefined) : NOT_DONE;
    },
    subject: "the snapshots",
    ...REPEATABLE,
  };
  await changeOnce(change, call);
}

/** @throws SnapstateError `task-failed` when a look afterwards still shows some */
export function throwIfLeft(deleted: readonly string[], { points }: TargetState, call: Call): void {
  const left = points.filter(({ id }) => deleted.includes(id));
  if (left.length === 0) return;
  throw new SnapstateError({
    kind: "task-failed",
    doing: call.doing,
    answered: `the platform accepted the deletion, and still has ${describe(left)}`,
    hint: "Run again",
  });
}

async function deleteOne(
  kind: PointKind,
  hypervisor: Hypervisor,
  { id: targetId }: Target,
  pointId: string,
  call: Call,
): Promise<void> {
  const isThere = async () =>
    (await inspectSettled(hypervisor, kind, targetId, call)).points.some(({ id }) => id === pointId);
  const options = { removeChildren: false, consolidate: true };
  const change: Change<void> = {
    send: () => hypervisor.removePoint(kind, { targetId, pointId }, options, call).catch(onlyGone),
    observe: async () => ((await isThere()) ? NOT_DONE : done(undefined)),
    subject: "the snapshot",
    ...REPEATABLE,
  };
  await changeOnce(change, call);
}

function describe(points: readonly Point[]): string {
  return points
    .map(({ id, name, ownership, createdAt }) => {
      const facts = [id, ...(createdAt === "" ? [] : [createdAt]), ...(ownership === undefined ? ["foreign"] : [])];
      return `${JSON.stringify(name)} (${facts.join(", ")})`;
    })
    .join("; ");
}
