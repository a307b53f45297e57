import type { Hypervisor, Target } from "../../hypervisors/contract";
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
import { guardConsolidation, isNeeded } from "./guards";

export interface ConsolidationInputs {
  connection: string;
  target: TargetInput;
  when: "needed" | "always";
  refuseWithSnapshots: boolean;
  checkSpace: boolean;
  timeouts?: { create?: Duration; read?: Duration; update?: Duration };
}

/**
 * Looks whether the VM needs a consolidation, merges when asked to, and records what was done.
 *
 * @param known what the state was made against, if there is a state
 */
export async function runConsolidation(
  values: Values,
  operation: "create" | "update",
  context: Context,
  known?: KnownTarget | { installation: string; id?: undefined },
): Promise<{ targetId: string; outputs: Values }> {
  const inputs = values as unknown as ConsolidationInputs;
  const hypervisor = context.hypervisor(inputs.connection);
  const doing = `consolidate the disks of ${describeTarget(inputs.target)}`;
  const call = beginCall(operation, inputs.timeouts, doing, context);
  const installation = await sameInstallation(hypervisor, known?.installation, call);
  const same = known?.id === undefined ? undefined : known;
  const target = await findTarget(hypervisor, "snapshot", inputs.target, same, call);
  const record = await context.memory.exclusively(`${installation}/${target.id}`, () =>
    merge(inputs, hypervisor, target, call),
  );
  const place = { platform: hypervisor.platform, installation, targetId: target.id, targetName: target.name };
  const completedAt = new Date(context.now?.() ?? Date.now()).toISOString();
  return { targetId: target.id, outputs: { ...values, ...place, ...record, completedAt } };
}

async function merge(inputs: ConsolidationInputs, hypervisor: Hypervisor, target: Target, call: Call): Promise<Values> {
  // Settled: a removal that is still merging leaves the flag on until it ends, and would make this run for nothing.
  const before = await inspectSettled(hypervisor, "snapshot", target.id, call);
  const neededBefore = isNeeded(before);
  if (inputs.when === "needed" && !neededBefore) {
    return { ran: false, neededBefore, neededAfter: false, consolidationNeeded: false, taskId: "", durationSeconds: 0 };
  }
  throwRefusals(await guardConsolidation(inputs, before, hypervisor, call), call.doing);

  const begun = performance.now();
  const taskId = await mergeOnce(hypervisor, target, call);
  const durationSeconds = Number(((performance.now() - begun) / 1000).toFixed(1));
  const after = await hypervisor.inspect("snapshot", target.id, call);
  const neededAfter = isNeeded(after);
  if (after.consolidationNeeded) {
    call.report({ message: "the platform still wants a consolidation after this one", severity: "warning" });
  } else if (after.unexplainedDisks) {
    call.report({ message: unexplained(after.unexplainedDisks), severity: "warning" });
  }
  // Not by the delta files: where the platform leaves them, each refresh would plan another run for nothing.
  const consolidationNeeded = after.consolidationNeeded ?? false;
  return { ran: true, neededBefore, neededAfter, consolidationNeeded, taskId, durationSeconds };
}

/** Merges once; after a lost reply again only while the platform shows that there is something to merge. */
function mergeOnce(hypervisor: Hypervisor, target: Target, call: Call): Promise<string> {
  const change: Change<string> = {
    send: async () => (await hypervisor.consolidate(target.id, call)).taskId,
    observe: async () =>
      isNeeded(await inspectSettled(hypervisor, "snapshot", target.id, call)) ? NOT_DONE : done(""),
    subject: "what is left to merge",
    // Merging merged disks does no harm.
    proofs: 1,
  };
  return changeOnce(change, call);
}
