import { SnapstateError } from "../../errors";
import type { PointKind, TargetState } from "../../hypervisors/contract";
import { changeOnce, done, NOT_DONE, REPEATABLE } from "../core/change";
import type { Context } from "../core/lifecycle";
import { beginCall } from "../core/operation";
import { inspectSettled } from "./find";

/**
 * Removes every snapshot of a target by the platform's own call, also those of others.
 *
 * @param includeHeld otherwise one on hold stops it before anything is touched
 * @throws SnapstateError `held` with the names of those on hold
 */
export async function deleteAllPoints(
  kind: PointKind,
  { connection, targetId, targetName }: { connection: string; targetId: string; targetName: string },
  includeHeld: boolean,
  context: Context,
): Promise<void> {
  const hypervisor = context.hypervisor(connection);
  const call = beginCall("delete", undefined, `delete all snapshots of VM ${targetName}`, context);
  const installation = await hypervisor.installation(call);
  await context.memory.exclusively(`${installation}/${targetId}`, async () => {
    const before = await inspectSettled(hypervisor, kind, targetId, call);
    if (!includeHeld) refuseHeld(before, call.doing);
    if (before.points.length === 0) return;
    await changeOnce<void>(
      {
        send: () => hypervisor.removeAllPoints(kind, targetId, call),
        observe: async () => {
          const { points } = await inspectSettled(hypervisor, kind, targetId, call);
          return points.length === 0 ? done(undefined) : NOT_DONE;
        },
        subject: "the snapshots",
        ...REPEATABLE,
      },
      call,
    );
  });
}

function refuseHeld({ points }: TargetState, doing: string): void {
  const held = points.filter(({ ownership }) => ownership?.hold);
  if (held.length === 0) return;
  const list = held.map(({ id, name }) => `${JSON.stringify(name)} (${id})`).join(", ");
  throw new SnapstateError({ kind: "held", doing, answered: `on hold: ${list}`, hint: "Lift the hold first" });
}
