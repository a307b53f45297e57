import { asSnapstateError, isSnapstateError } from "../../errors";
import { isSameText } from "../../hypervisors/ownership";
import { parseId } from "../core/ids";
import type { Context, Values } from "../core/lifecycle";
import { beginCall, sameInstallation } from "../core/operation";
import { tryAgainWhileBusy } from "../core/try-again";
import { type RestoreState, restoreInputs } from "./inputs";

/**
 * Leaves the VM and all its snapshots. Only the marks of the last revert are taken off their descriptions: a resource of
 * the same name that is declared later would take that revert for its own. A platform that cannot be reached does not
 * stop a delete.
 */
export async function forgetMarks(id: string, state: Values, context: Context): Promise<void> {
  const { runs = 0, unfinished, installation } = state as RestoreState;
  const { marker, owner } = state as { marker?: string; owner?: string };
  if (owner !== undefined) context.memory.forgetMarker(owner);
  if (marker === undefined || (runs === 0 && unfinished === undefined)) return;
  const { connection, kind } = restoreInputs(state);
  const call = {
    ...beginCall("delete", { delete: "1m" }, `forget the revert of VM ${String(state.targetName)}`, context),
  };
  try {
    const hypervisor = context.hypervisor(connection);
    await sameInstallation(hypervisor, installation, call);
    const targetId = parseId(id).target;
    const { points } = await hypervisor.inspect(kind, targetId, call);
    for (const point of points) {
      const safety = point.id === state.safetySnapshotId;
      const noted = point.id === state.restoredFrom && point.restoreNote !== undefined;
      if (!safety && !noted) continue;
      const { description, ownership, restoreNote } = point;
      const text = {
        description,
        ...(safety ? {} : { ownership }),
        ...(noted ? {} : { restoreNote }),
      };
      if (isSameText(text, point)) continue;
      const ref = { targetId, pointId: point.id };
      await tryAgainWhileBusy(call, () => hypervisor.editPoint(kind, ref, { text }, call));
    }
  } catch (error) {
    if (isSnapstateError(error, "not-found", "unsupported")) return;
    const { message } = asSnapstateError(error, call.doing);
    const then = "A Restore of the same name that is declared again will take the last revert for its own.";
    call.report({ message: `${message} ${then}`, severity: "warning" });
  }
}
