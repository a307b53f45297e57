import type { Consolidation, Hypervisor, Target } from "../../hypervisors/contract";
import type { Call } from "../../waiting";
import { type Change, changeOnce, done, NOT_DONE } from "../core/change";
import type { Duration } from "../core/durations";
import { findTarget, type KnownTarget } from "../core/find-target";
import type { Context, Values } from "../core/lifecycle";
import { beginCall, sameInstallation } from "../core/operation";
import { throwRefusals } from "../core/preflight";
import { describeTarget, type TargetInput } from "../core/target-input";
import { inspectSettled } from "../point/find";
import { unexplained } from "../queries/report-findings";
import { type Deletion, deleteSnapshots, throwIfLeft } from "./delete-snapshots";
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
 * Deletes snapshots where that is asked for, looks whether the VM needs a consolidation, merges when asked to, and records what was done.
 *
 * @param known what the state was made against, if there is a state
 * @param deletes whether the run is one that may delete
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
  const hypervisor = context.hypervisor(inputs.connection);
  const what = inputs.deleteSnapshots === "none" ? "" : `delete ${inputs.deleteSnapshots} snapshots and `;
  const doing = `${what}consolidate the disks of ${describeTarget(inputs.target)}`;
  const call = beginCall(operation, inputs.timeouts, doing, context);
  const installation = await sameInstallation(hypervisor, known?.installation, call);
  const same = known?.id === undefined ? undefined : known;
  const target = await findTarget(hypervisor, inputs.kind, inputs.target, same, call);
  const record = await context.memory.exclusively(`${installation}/${target.id}`, () =>
    work(inputs, hypervisor, target, call),
  );
  const place = { platform: hypervisor.platform, installation, targetId: target.id, targetName: target.name };
  const completedAt = new Date(context.now?.() ?? Date.now()).toISOString();
  return { targetId: target.id, outputs: { ...values, ...place, ...record, completedAt } };
}

const NOTHING_MERGED = { ran: false, neededAfter: false, consolidationNeeded: false, taskId: "", durationSeconds: 0 };

async function work(inputs: ConsolidationInputs, hypervisor: Hypervisor, target: Target, call: Call): Promise<Values> {
  // Settled: a removal that is still merging leaves the flag on until it ends, and would make this run for nothing.
  const before = await inspectSettled(hypervisor, inputs.kind, target.id, call);
  throwRefusals(await guardConsolidation(inputs, before, hypervisor, call), call.doing);
  const deleted = await deleteSnapshots(inputs, hypervisor, before, call);
  const now = deleted.length === 0 ? before : await inspectSettled(hypervisor, inputs.kind, target.id, call);
  throwIfLeft(deleted, now, call);
  const neededBefore = isNeeded(before);
  const due = inputs.when === "always" || isNeeded(now);
  const { consolidation } = hypervisor;
  if (!due || consolidation === undefined) return { ...NOTHING_MERGED, neededBefore, deleted };
  // A deletion that leaves redundant disks behind may need room that was not asked for before.
  if (deleted.length > 0) throwRefusals(await guardConsolidation(inputs, now, hypervisor, call), call.doing);
  return { neededBefore, deleted, ...(await merge(inputs, hypervisor, consolidation, target, call)) };
}

async function merge(
  { kind }: ConsolidationInputs,
  hypervisor: Hypervisor,
  consolidation: Consolidation,
  target: Target,
  call: Call,
): Promise<Values> {
  const begun = performance.now();
  const change: Change<string> = {
    send: async () => (await consolidation.merge(target.id, call)).taskId,
    observe: async () => (isNeeded(await inspectSettled(hypervisor, kind, target.id, call)) ? NOT_DONE : done("")),
    subject: "what is left to merge",
    // Merging merged disks does no harm.
    proofs: 1,
  };
  const taskId = await changeOnce(change, call);
  const durationSeconds = Number(((performance.now() - begun) / 1000).toFixed(1));
  const after = await hypervisor.inspect(kind, target.id, call);
  const neededAfter = isNeeded(after);
  if (after.consolidationNeeded) {
    call.report({ message: "the platform still wants a consolidation after this one", severity: "warning" });
  } else if (after.unexplainedDisks) {
    call.report({ message: unexplained(after.unexplainedDisks), severity: "warning" });
  }
  // Not by the delta files: where the platform leaves them, each refresh would plan another run for nothing.
  const consolidationNeeded = after.consolidationNeeded ?? false;
  return { ran: true, neededAfter, consolidationNeeded, taskId, durationSeconds };
}
