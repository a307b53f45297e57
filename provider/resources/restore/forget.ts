import { asSnapstateError, isSnapstateError } from "../../core/errors";
import { isSameText } from "../../platforms/ownership";
import { beginOperation, sameInstallation } from "../shared/begin-operation";
import { parseId } from "../shared/ids";
import type { Context, Values } from "../shared/lifecycle";
import { retryWhileBusy } from "../shared/retry-while-busy";
import { type RestoreState, restoreInputs } from "./inputs";

/**
 * Leaves the VM and all its snapshots alone. Only removes the notes of the last revert from their descriptions:
 * otherwise a resource of the same name, declared later, would take that revert for its own. An unreachable platform
 * does not stop a delete.
 */
export async function forgetMarks(id: string, state: Values, context: Context): Promise<void> {
  const { runs = 0, unfinished, installation } = state as RestoreState;
  const { marker, owner } = state as { marker?: string; owner?: string };
  if (owner !== undefined) context.memory.forgetMarker(owner);
  if (marker === undefined || (runs === 0 && unfinished === undefined)) return;
  const { connection, kind } = restoreInputs(state);
  const call = {
    ...beginOperation("delete", { delete: "1m" }, `forget the revert of VM ${String(state.targetName)}`, context),
  };
  try {
    const driver = context.driver(connection);
    await sameInstallation(driver, installation, call);
    const targetId = parseId(id).target;
    const { snapshots } = await driver.inspect(kind, targetId, call);
    for (const snapshot of snapshots) {
      const safety = snapshot.id === state.safetySnapshotId;
      const noted = snapshot.id === state.restoredFrom && snapshot.restoreNote !== undefined;
      if (!safety && !noted) continue;
      const { description, ownership, restoreNote } = snapshot;
      const text = {
        description,
        ...(safety ? {} : { ownership }),
        ...(noted ? {} : { restoreNote }),
      };
      if (isSameText(text, snapshot)) continue;
      const ref = { targetId, snapshotId: snapshot.id };
      await retryWhileBusy(call, () => driver.editSnapshot(kind, ref, { text }, call));
    }
  } catch (error) {
    if (isSnapstateError(error, "not-found", "unsupported")) return;
    const { message } = asSnapstateError(error, call.operation);
    const then = "If a Restore of the same name is declared again, it will take the last revert for its own.";
    call.report({ message: `${message} ${then}`, severity: "warning" });
  }
}
