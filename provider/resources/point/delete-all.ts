import type { PointKind } from "../../hypervisors/contract";
import { deleteSnapshots, guardDeletion } from "../consolidation/delete-snapshots";
import type { Context } from "../core/lifecycle";
import { beginCall } from "../core/operation";
import { throwRefusals } from "../core/preflight";
import { inspectSettled } from "./find";

/**
 * Deletes every snapshot of a target as a ConsolidationTask does, also those of others. The caller has it confirmed.
 *
 * @param includeHeld otherwise one on hold stops it before anything is touched
 * @returns the ids of what is gone
 * @throws SnapstateError `held` with the names of those on hold
 */
export async function deleteAllPoints(
  kind: PointKind,
  { connection, targetId, targetName }: { connection: string; targetId: string; targetName: string },
  includeHeld: boolean,
  context: Context,
): Promise<string[]> {
  const hypervisor = context.hypervisor(connection);
  const call = beginCall("delete", undefined, `delete all snapshots of VM ${targetName}`, context);
  const installation = await hypervisor.installation(call);
  return context.memory.exclusively(`${installation}/${targetId}`, async () => {
    const state = await inspectSettled(hypervisor, kind, targetId, call);
    const deletion = { kind, deleteSnapshots: "all", confirm: state.target.name } as const;
    if (!includeHeld) throwRefusals(guardDeletion(deletion, state), call.doing);
    return deleteSnapshots(deletion, hypervisor, state, call);
  });
}
