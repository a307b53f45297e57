import type { Duration } from "../../core/durations";
import type { OperationContext } from "../../core/operation";
import type { Consolidation, Driver, Target } from "../../platforms/contract";
import { describeTarget, type TargetInput } from "../../schema/target-input";
import { unexplained } from "../queries/report-findings";
import { beginOperation, sameInstallation } from "../shared/begin-operation";
import { type Change, changeOnce, done, NOT_DONE } from "../shared/change";
import { findTarget, type KnownTarget } from "../shared/find-target";
import { type Context, timeOf, type Values } from "../shared/lifecycle";
import { throwRefusals } from "../shared/preflight";
import { inspectSettled } from "../snapshot/find";
import { type Deletion, deleteSnapshots, throwIfAnyRemain } from "./delete-snapshots";
import { guardConsolidation, isNeeded } from "./guards";

export interface ConsolidationInputs extends Deletion {
  connection: string;
  target: TargetInput;
  when: "needed" | "always";
  refuseWithSnapshots: boolean;
  checkSpace: boolean;
  timeouts?: { create?: Duration; read?: Duration; update?: Duration };
}

/**
 * Deletes snapshots where configured, merges disks when needed or forced, and records what was done.
 *
 * @param known the target in the state, if there is a state
 * @param deletes whether this run may delete snapshots
 */
export async function runConsolidation(
  values: Values,
  operation: "create" | "update",
  context: Context,
  known?: KnownTarget | { installation: string; id?: undefined },
  deletes = true,
): Promise<{ targetId: string; outputs: Values }> {
  const given = values as unknown as ConsolidationInputs;
  const inputs: ConsolidationInputs = deletes ? given : { ...given, deleteSnapshots: "none" };
  const driver = context.driver(inputs.connection);
  const what = inputs.deleteSnapshots === "none" ? "" : `delete ${inputs.deleteSnapshots} snapshots and `;
  const text = `${what}consolidate the disks of ${describeTarget(inputs.target)}`;
  const call = beginOperation(operation, inputs.timeouts, text, context);
  const installation = await sameInstallation(driver, known?.installation, call);
  const same = known?.id === undefined ? undefined : known;
  const target = await findTarget(driver, inputs.kind, inputs.target, same, call);
  const record = await context.memory.withLock(`${installation}/${target.id}`, () =>
    work(inputs, driver, target, call),
  );
  const place = { platform: driver.platform, installation, targetId: target.id, targetName: target.name };
  const completedAt = new Date(timeOf(context)).toISOString();
  return { targetId: target.id, outputs: { ...values, ...place, ...record, completedAt } };
}

const NOTHING_MERGED = { ran: false, neededAfter: false, consolidationNeeded: false, taskId: "", durationSeconds: 0 };

async function work(
  inputs: ConsolidationInputs,
  driver: Driver,
  target: Target,
  call: OperationContext,
): Promise<Values> {
  // Wait for running tasks first: a removal that is still merging reports the VM as needing consolidation.
  const before = await inspectSettled(driver, inputs.kind, target.id, call);
  throwRefusals(await guardConsolidation(inputs, before, driver, call), call.operation);
  const deleted = await deleteSnapshots(inputs, driver, before, call);
  const now = deleted.length === 0 ? before : await inspectSettled(driver, inputs.kind, target.id, call);
  throwIfAnyRemain(deleted, now, call);
  const neededBefore = isNeeded(before);
  const due = inputs.when === "always" || isNeeded(now);
  const { consolidation } = driver;
  if (!due || consolidation === undefined) return { ...NOTHING_MERGED, neededBefore, deleted };
  // Deleting can leave redundant disks whose merge needs space that was not checked before.
  if (deleted.length > 0) throwRefusals(await guardConsolidation(inputs, now, driver, call), call.operation);
  return { neededBefore, deleted, ...(await merge(inputs, driver, consolidation, target, call)) };
}

async function merge(
  { kind }: ConsolidationInputs,
  driver: Driver,
  consolidation: Consolidation,
  target: Target,
  call: OperationContext,
): Promise<Values> {
  const startedAt = performance.now();
  const change: Change<string> = {
    send: async () => (await consolidation.merge(target.id, call)).taskId,
    observe: async () => (isNeeded(await inspectSettled(driver, kind, target.id, call)) ? NOT_DONE : done("")),
    subject: "redundant disks",
    // Merging twice is harmless.
    proofs: 1,
  };
  const taskId = await changeOnce(change, call);
  const durationSeconds = Number(((performance.now() - startedAt) / 1000).toFixed(1));
  const after = await driver.inspect(kind, target.id, call);
  const neededAfter = isNeeded(after);
  if (after.consolidationNeeded) {
    call.report({ message: "the platform still reports a need for consolidation after this one", severity: "warning" });
  } else if (after.unexplainedDisks) {
    call.report({ message: unexplained(after.unexplainedDisks), severity: "warning" });
  }
  // Does not consider delta files: if the platform leaves some, each refresh would plan another useless run.
  const consolidationNeeded = after.consolidationNeeded ?? false;
  return { ran: true, neededAfter, consolidationNeeded, taskId, durationSeconds };
}
