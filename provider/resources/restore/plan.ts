import { asSnapstateError } from "../../errors";
import type { Hypervisor } from "../../hypervisors/contract";
import { unmatchable, unsupported } from "../core/check-parts";
import { diffFields } from "../core/fields";
import { findTarget, knownTarget } from "../core/find-target";
import type { CheckFailure, Context, Values } from "../core/lifecycle";
import { beginCall } from "../core/operation";
import type { Planning } from "../core/plan";
import { type Finding, preflight, refusal, refusalsOf, warning } from "../core/preflight";
import { describeTarget } from "../core/target-input";
import { hasUnknown } from "../core/unknown";
import { isPendingId, refuseForeign } from "../point/find";
import { restoreFields, restoreOutputs } from "./fields";
import { announce, confirmFindings, guardRevert, guardSafety, requireSource } from "./guards";
import { markOf, type RestoreInputs, type RestoreState, restoreInputs, wantsRevert } from "./inputs";
import { type Job, type View, viewOf } from "./look";

/** What a run would do to a Restore: whether a revert is due, and what it will lose. */
export const restorePlanning: Planning = {
  fields: restoreFields,
  outputs: restoreOutputs,
  validate,
  limits,
  observe: async (prior, inputs, hypervisor, context) => {
    const due = !hasUnknown(inputs.triggers) && wantsRevert(prior?.state, inputs);
    if (!due || context.refreshing) return { findings: [] };
    const findings = await preflightRevert(restoreInputs(inputs), prior?.state ?? {}, hypervisor, context);
    // The engine may ask twice.
    return {
      findings: findings.filter(({ severity, message }) => severity === "refusal" || context.memory.once(message)),
    };
  },
  compare: (state, inputs) => {
    const { updates, replaces } = diffFields(restoreFields, state, inputs);
    const open = (state as RestoreState).unfinished !== undefined;
    if (updates.length === 0 && open) updates.push("restoredAt");
    return { updates, replaces, deleteBeforeReplace: false };
  },
};

function validate({ safetySnapshot, confirm }: Values): CheckFailure[] {
  if (safetySnapshot !== false || confirm !== undefined) return [];
  const reason =
    "is required with safetySnapshot: false: write the VM's name, to say that its current state may be lost";
  return [{ property: "confirm", reason }];
}

function limits(values: Values, before: Values | undefined, hypervisor: Hypervisor): Finding[] {
  const inputs = restoreInputs(values);
  const { kind, safetySnapshot, safetyMemory } = inputs;
  const failures = unsupported(hypervisor, kind, [
    ["revert", "target", true],
    ["create", "safetySnapshot", safetySnapshot],
    ["memory", "safetyMemory", safetySnapshot && safetyMemory],
  ]);
  if (safetySnapshot && hypervisor.maxPoints(kind) === 1) {
    const reason = `${hypervisor.platform} keeps one snapshot, so there is no room for a safety snapshot beside the one that is reverted to. Set safetySnapshot to false and confirm to the VM's name`;
    failures.push({ property: "safetySnapshot", reason });
  }
  return refusalsOf([...failures, ...unmatchable(hypervisor, kind, inputs.target, before?.target)]);
}

/** What a revert would meet now, and what it would lose, from one read of the target. */
export async function preflightRevert(
  inputs: RestoreInputs,
  before: RestoreState & Values,
  hypervisor: Hypervisor,
  context: Context,
): Promise<Finding[]> {
  if (hasUnknown(inputs.target)) return [warning(lossOf(inputs, "a VM not known yet"))];
  const named = describeTarget(inputs.target);
  const call = beginCall("read", inputs.timeouts, `check ${named}`, context);
  const { kind, connection } = inputs;
  const about = (finding: Finding) => ({ ...finding, message: `${named}: ${finding.message}.` });
  const unseen = [warning(lossOf(inputs, named))];
  return preflight({ named, doing: call.doing, unseen }, async () => {
    const target = await findTarget(hypervisor, kind, inputs.target, knownTarget(before, inputs), call, {
      freshness: "recent",
    });
    const how = { freshness: "recent", readiness: inputs.safetySnapshot } as const;
    const state = await hypervisor.inspect(kind, target.id, call, how);
    const mark = markOf(inputs, before.runs ?? 0);
    const begun = before.unfinished === mark;
    const job = { inputs, hypervisor, target, mark, begun, usedUp: before.consumed ?? [], call };
    if (hasUnknown(inputs.snapshot)) return [...confirmFindings(job).map(about), ...unseen];
    const installation = await hypervisor.installation(call);
    await refuseForeign(inputs.snapshot, { connection, installation }, context, call);
    const view = await viewOf(job, state);
    // An interrupted run has made it already; up records it.
    if (view.evidence === "done") return [];
    if (view.source === undefined && isPendingId(inputs.snapshot)) {
      const missing = `${named} does not have the snapshot yet: its create was interrupted, and up finishes it first.`;
      return [...unseen, warning(missing)];
    }
    const refusals = [...guardRevert(job, view), ...guardSafety(job, view)];
    if (view.source === undefined && refusals.length === 0) refusals.push(missingSource(job, view));
    // What is refused loses nothing.
    if (refusals.length > 0) return refusals.map(about);
    return announce(job, requireSource(job, view), view).map(warning);
  });
}

/** A snapshot that this program creates is not missing: its `id` is not known before it is there. */
function missingSource(job: Pick<Job, "inputs" | "call">, view: View): Finding {
  try {
    requireSource(job, view);
  } catch (error) {
    const { answered } = asSnapstateError(error, job.call.doing);
    return refusal(`${answered}. If this program creates it, give its \`id\` and not a name`, "snapshot");
  }
  throw new Error("the snapshot is there");
}

function lossOf({ safetySnapshot }: RestoreInputs, named: string): string {
  const kept = safetySnapshot ? "A safety snapshot of it is taken first" : "No safety snapshot is taken";
  return `${named} is about to be reverted: its current state will be lost. ${kept}.`;
}
