import { asSnapstateError, isSnapstateError } from "../../core/errors";
import type { SnapshotKind } from "../../platforms/contract";
import { isSameText } from "../../platforms/ownership";
import { beginOperation, sameInstallation } from "../shared/begin-operation";
import type { Context } from "../shared/lifecycle";
import { retryWhileBusy } from "../shared/retry-while-busy";

/** A revert, by its traces on the platform. */
export interface RevertTraces {
  connection: string;
  kind: SnapshotKind;
  installation?: string;
  targetId: string;
  targetName?: string;
  safetySnapshotId?: string;
  restoredFrom?: string;
}

/**
 * Removes only the notes of the last revert from the descriptions of snapshots: otherwise a later resource of the same
 * name would treat that revert as its own. An unreachable platform does not stop a delete.
 */
export async function forgetRevert(revert: RevertTraces, context: Context): Promise<void> {
  const { connection, kind, installation, targetId, targetName } = revert;
  const call = beginOperation("delete", { delete: "1m" }, `forget the revert of VM ${targetName}`, context);
  try {
    const driver = context.driver(connection);
    await sameInstallation(driver, installation, call);
    const { snapshots } = await driver.inspect(kind, targetId, call);
    for (const snapshot of snapshots) {
      const safety = snapshot.id === revert.safetySnapshotId;
      const noted = snapshot.id === revert.restoredFrom && snapshot.restoreNote !== undefined;
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
    const then = "If a Restore of the same name is declared again, it will treat the last revert as its own.";
    call.report({ message: `${message} ${then}`, severity: "warning" });
  }
}
