import { asSnapstateError } from "../../core/errors";
import type { Driver } from "../../platforms/contract";
import { diffFields } from "../../schema/fields";
import { describeTarget } from "../../schema/target-input";
import { hasUnknown } from "../../schema/unknown";
import { beginOperation } from "../shared/begin-operation";
import { unmatchable, unsupported } from "../shared/check-parts";
import { findTarget, knownTarget } from "../shared/find-target";
import type { CheckFailure, Context, Values } from "../shared/lifecycle";
import { type Planning, planResource } from "../shared/plan";
import { type Finding, preflight, refusal, refusalsOf, warning } from "../shared/preflight";
import { isPendingId, refuseForeign } from "../snapshot/find";
import { restoreFields, restoreOutputs } from "./fields";
import { announce, confirmFindings, guardRevert, guardSafety, requireSource } from "./guards";
import { isRevertDue, markOf, type RestoreInputs, type RestoreState, restoreInputs } from "./inputs";
import { type Job, type Observation, viewOf } from "./observe";

/** The plan of a Restore: whether a revert is due, and what would be lost. */
export const restorePlanning: Planning = {
  fields: restoreFields,
  outputs: restoreOutputs,
  validate,
  limits,
  observe: async (prior, inputs, driver, context) => {
    const due = !hasUnknown(inputs.triggers) && isRevertDue(prior?.state, inputs);
    if (!due || context.compareOnly) return { findings: [] };
    const findings = await preflightRevert(restoreInputs(inputs), prior?.state ?? {}, driver, context);
    // The engine may compare twice.
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

/** The findings for this revert, as in a plan of a resource with these inputs. */
export async function preflightRestore(inputs: RestoreInputs, context: Context): Promise<Finding[]> {
  const { warnings, refusals } = await planResource(restorePlanning, undefined, { ...inputs }, context);
  return [...warnings.map(warning), ...refusals];
}

function validate({ safetySnapshot, confirm }: Values): CheckFailure[] {
  if (safetySnapshot !== false || confirm !== undefined) return [];
  const reason =
    "is required with safetySnapshot: false. Write the VM's name to confirm that its current state may be lost";
  return [{ property: "confirm", reason }];
}

function limits(values: Values, before: Values | undefined, driver: Driver): Finding[] {
  const inputs = restoreInputs(values);
  const { kind, safetySnapshot, safetyMemory } = inputs;
  const failures = unsupported(driver, kind, [
    ["revert", "target", true],
    ["create", "safetySnapshot", safetySnapshot],
    ["memory", "safetyMemory", safetySnapshot && safetyMemory],
  ]);
  if (safetySnapshot && driver.maxSnapshots?.(kind) === 1) {
    const reason = `${driver.platform} keeps one snapshot, so a safety snapshot is impossible. Set safetySnapshot to false and confirm to the VM's name`;
    failures.push({ property: "safetySnapshot", reason });
  }
  return refusalsOf([...failures, ...unmatchable(driver, kind, inputs.target, before?.target)]);
}

/** Findings for a revert and what it would lose, from one read of the target. */
export async function preflightRevert(
  inputs: RestoreInputs,
  before: RestoreState & Values,
  driver: Driver,
  context: Context,
): Promise<Finding[]> {
  if (hasUnknown(inputs.target)) return [warning(lossOf(inputs, "a VM that is unknown yet"))];
  const named = describeTarget(inputs.target);
  const call = beginOperation("read", inputs.timeouts, `check ${named}`, context);
  const { kind, connection } = inputs;
  const about = (finding: Finding) => ({ ...finding, message: `${named}: ${finding.message}.` });
  const warningsIfUnread = [warning(lossOf(inputs, named))];
  return preflight({ named, operation: call.operation, warningsIfUnread }, async () => {
    const how = { freshness: "recent", readiness: true } as const;
    const target = await findTarget(driver, kind, inputs.target, knownTarget(before, inputs), call, how);
    const state = await driver.inspect(kind, target.id, call, how);
    const mark = markOf(inputs, before.runs ?? 0);
    const started = before.unfinished === mark;
    const job = { inputs, driver, target, mark, started, usedUp: before.consumed ?? [], call };
    if (hasUnknown(inputs.snapshot)) return [...confirmFindings(job).map(about), ...warningsIfUnread];
    const installation = await driver.installation(call);
    await refuseForeign(inputs.snapshot, { connection, installation }, context, call);
    const view = await viewOf(job, state);
    // An interrupted run has reverted already; the next up records it.
    if (view.evidence === "done") return [];
    if (view.source === undefined && isPendingId(inputs.snapshot)) {
      const missing = `${named} does not have the snapshot yet: its create was interrupted, and up finishes it first.`;
      return [...warningsIfUnread, warning(missing)];
    }
    const refusals = [...guardRevert(job, view), ...guardSafety(job, view)];
    if (view.source === undefined && refusals.length === 0) refusals.push(missingSource(job, view));
    // A refused revert loses nothing.
    if (refusals.length > 0) return refusals.map(about);
    return announce(job, requireSource(job, view), view).map(warning);
  });
}

/** A snapshot that this program creates is not missing: its `id` is unknown until it exists. */
function missingSource(job: Pick<Job, "inputs" | "call">, view: Observation): Finding {
  try {
    requireSource(job, view);
  } catch (error) {
    const { detail } = asSnapstateError(error, job.call.operation);
    return refusal(`${detail}. If this program creates it, use its \`id\` and not a name`, "snapshot");
  }
  throw new Error("the snapshot is there");
}

function lossOf({ safetySnapshot }: RestoreInputs, named: string): string {
  const kept = safetySnapshot ? "A safety snapshot of it is taken first" : "No safety snapshot is taken";
  return `${named} is about to be reverted: its current state will be lost. ${kept}.`;
}
