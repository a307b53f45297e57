import { asSnapstateError, isSnapstateError } from "../../errors";
import type { Hypervisor } from "../../hypervisors/contract";
import { assignMarker, isFailure, openForCheck, unsupported } from "../core/check-parts";
import { checkFields } from "../core/fields";
import { findTarget, type KnownTarget } from "../core/find-target";
import type { CheckFailure, CheckResult, Context, Values } from "../core/lifecycle";
import { beginCall } from "../core/operation";
import { describeTarget } from "../core/target-input";
import { hasUnknown } from "../core/unknown";
import { restoreFields } from "./fields";
import { announce, guardRevert } from "./guards";
import { type RestoreInputs, restoreInputs, wantsRevert } from "./inputs";
import { findSource, foresee } from "./look";

/** Checks the inputs, and says in words at preview that a revert is due and what it will lose. */
export async function checkRestore(olds: Values | undefined, news: Values, context: Context): Promise<CheckResult> {
  const { inputs, failures } = checkFields(restoreFields, news);
  assignMarker(inputs, olds, context);
  if (inputs.safetySnapshot === false && inputs.confirm === undefined) {
    failures.push({
      property: "confirm",
      reason: "is required with safetySnapshot: false: write the VM's name, to say that its current state may be lost",
    });
  }
  if (failures.length > 0 || hasUnknown(inputs.connection)) return { inputs, failures, warnings: [] };
  const restore = restoreInputs(inputs);
  const hypervisor = openForCheck(restore.connection, context);
  if (isFailure(hypervisor)) return { inputs, failures: [hypervisor], warnings: [] };
  failures.push(...beyondPlatform(restore, hypervisor));
  // What an existing one is about to do is told by its diff, which knows the state.
  const due = olds === undefined && wantsRevert(undefined, inputs);
  if (!due || failures.length > 0) return { inputs, failures, warnings: [] };
  const lines = await previewRevert(restore, undefined, hypervisor, context);
  return { inputs, failures, warnings: lines.filter((message) => context.memory.once(message)) };
}

function beyondPlatform(inputs: RestoreInputs, hypervisor: Hypervisor): CheckFailure[] {
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
  return failures;
}

/** Looks at the VM when it is there already. What cannot be known yet is the run's business, so nothing here fails. */
export async function previewRevert(
  inputs: RestoreInputs,
  known: KnownTarget | undefined,
  hypervisor: Hypervisor,
  context: Context,
): Promise<string[]> {
  if (hasUnknown(inputs.target)) return [lossOf(inputs, "a VM not known yet")];
  const named = describeTarget(inputs.target);
  const call = beginCall("read", inputs.timeouts, `check ${named}`, context);
  try {
    const target = await findTarget(hypervisor, inputs.kind, inputs.target, known, call, { freshness: "recent" });
    const state = await hypervisor.inspect(inputs.kind, target.id, call, { freshness: "recent" });
    const source = hasUnknown(inputs.snapshot) ? undefined : findSource(inputs.snapshot, state, call.doing);
    const job = { inputs, hypervisor, target };
    const view = { state, source, safeties: [], evidence: "fresh", forecast: foresee(job, state, source) } as const;
    const refusals = guardRevert(job, { ...view, safeties: [] }).map(
      ({ message }) => `${named}: ${message}. The revert will be refused.`,
    );
    // What is refused loses nothing.
    if (refusals.length > 0) return refusals;
    if (source !== undefined) return announce(job, source, { ...view, safeties: [] });
    const missing = `${named} has no snapshot ${JSON.stringify(inputs.snapshot)} now.`;
    return [lossOf(inputs, named), ...(hasUnknown(inputs.snapshot) ? [] : [missing])];
  } catch (error) {
    const why = isSnapstateError(error, "not-found")
      ? `${named} does not exist yet.`
      : asSnapstateError(error, call.doing).message;
    return [lossOf(inputs, named), why];
  }
}

function lossOf({ safetySnapshot }: RestoreInputs, named: string): string {
  const kept = safetySnapshot ? "A safety snapshot of it is taken first" : "No safety snapshot is taken";
  return `${named} is about to be reverted: its current state will be lost. ${kept}.`;
}
