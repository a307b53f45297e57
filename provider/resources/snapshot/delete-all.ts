import type { SnapshotKind } from "../../platforms/contract";
import { deleteSnapshots, guardDeletion } from "../consolidation/delete-snapshots";
import { beginOperation } from "../shared/begin-operation";
import type { Context } from "../shared/lifecycle";
import { throwRefusals } from "../shared/preflight";
import { inspectSettled } from "./find";

/**
 * Deletes every snapshot of a target, foreign ones included, like a ConsolidationTask. The caller must have obtained
 * confirmation.
 *
 * @param includeHeld if false, a held snapshot stops it before anything is changed
 * @returns the ids of deleted snapshots
 * @throws SnapstateError `held` with the names of the held snapshots
 */
export async function deleteAllSnapshots(
  kind: SnapshotKind,
  { connection, targetId, targetName }: { connection: string; targetId: string; targetName: string },
  includeHeld: boolean,
  context: Context,
): Promise<string[]> {
  const driver = context.driver(connection);
  const call = beginOperation("delete", undefined, `delete all snapshots of VM ${targetName}`, context);
  const installation = await driver.installation(call);
  return context.memory.withLock(`${installation}/${targetId}`, async () => {
    const state = await inspectSettled(driver, kind, targetId, call);
    const deletion = { kind, deleteSnapshots: "all", confirm: state.target.name } as const;
    if (!includeHeld) throwRefusals(guardDeletion(deletion, state), call.operation);
    return deleteSnapshots(deletion, driver, state, call);
  });
}
