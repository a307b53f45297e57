import type { RestoreInputs } from "../../provider/resources/restore/inputs";
import { preflightRestore } from "../../provider/resources/restore/plan";
import { revertTarget } from "../../provider/resources/restore/run";
import { firstMarker } from "../../provider/resources/shared/marker";
import { confirmed } from "../confirm";
import { type ExitCode, exitCode } from "../exit-codes";
import { safe } from "../output/text";
import type { Session } from "../session";
import { type ActOptions, choose, failOnPartialState, openSubject, reportPlan } from "./act";

export interface RevertOptions extends ActOptions {
  safetySnapshot: boolean;
  safetyMemory?: boolean;
  confirm?: string;
  suppressPowerOn?: boolean;
}

/** Reverts a VM like a Restore: known refusals come first, and a safety snapshot is the default. */
export async function revert(
  session: Session,
  target: string,
  wanted: string,
  options: RevertOptions,
): Promise<ExitCode> {
  const subject = await openSubject(session, target, options);
  const { vm, kind, connection, context, label } = subject;
  const source = choose(subject, wanted);
  const moment = new Date().toISOString();
  const inputs: RestoreInputs = {
    connection,
    target: { id: vm.targetId },
    kind,
    snapshot: source.id,
    triggers: [moment],
    safetySnapshot: options.safetySnapshot,
    safetyMemory: options.safetyMemory ?? false,
    suppressPowerOn: options.suppressPowerOn ?? false,
    confirm: options.confirm,
    marker: firstMarker(`cli/revert/${vm.targetId}/${moment}`),
  };
  reportPlan(session, await preflightRestore(inputs, context), `revert VM ${label} to ${JSON.stringify(source.name)}`);
  const question = `Revert ${safe(label)} to ${JSON.stringify(safe(source.name))}?`;
  const goOn = await confirmed(session, question, "Nothing reverted", options);
  const place = { connection, targetId: vm.targetId, targetName: vm.targetName, id: source.id, name: source.name };
  if (!goOn) {
    const text = () => `would revert ${safe(label)} to ${safe(source.name)} (${safe(source.id)})`;
    if (options.dryRun) session.show({ dryRun: true, ...place }, text);
    return exitCode.ok;
  }
  const again = "Check the VM with `snapstate tree` before you run it again: the revert may have been done";
  const { record } = await failOnPartialState(() => revertTarget(inputs, {}, "create", context), again);
  const { safetySnapshotId, restoredAt, powerAfter } = record;
  session.show({ dryRun: false, ...place, safetySnapshotId, restoredAt, powerAfter }, () => {
    const kept = safetySnapshotId === "" ? "" : `; the state before it is in ${safe(safetySnapshotId)}`;
    return `reverted ${safe(label)} to ${safe(source.name)}${kept}`;
  });
  return exitCode.ok;
}
