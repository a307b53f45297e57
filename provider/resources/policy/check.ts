import { isDeepStrictEqual } from "node:util";
import type { Hypervisor } from "../../hypervisors/contract";
import { assignMarker, isFailure, openForCheck, unmatchable, unsupported } from "../core/check-parts";
import { checkFields } from "../core/fields";
import type { CheckFailure, CheckResult, Context, Values } from "../core/lifecycle";
import { failuresOfFindings, warningsOfFindings } from "../core/preflight";
import { hasUnknown } from "../core/unknown";
import { policyFields } from "./fields";
import { forecast } from "./forecast";
import { type PolicyInputs, policyInputs, rulesOf } from "./inputs";
import { hasRules } from "./retention";
import { scheduleProblem, timeZoneProblem } from "./schedule";

const NO_RULES =
  "Nothing says what to prune (keepLast, hourly, daily, weekly, monthly, maxAge), so the series grows until the datastore is full.";

/** Checks the inputs, and tells what a new policy will take, keep and prune. */
export async function checkPolicy(olds: Values | undefined, news: Values, context: Context): Promise<CheckResult> {
  const { inputs, failures } = checkFields(policyFields, news);
  assignMarker(inputs, olds, context);
  const policy = policyInputs(inputs);
  const known = new Set(failures.map(({ property }) => property));
  failures.push(...repeatedTargets(policy, known));
  failures.push(...scheduleFailures(policy).filter(({ property }) => !known.has(property)));
  if (failures.length > 0 || hasUnknown(inputs.connection)) return { inputs, failures, warnings: [] };
  const hypervisor = openForCheck(policy.connection, context);
  if (isFailure(hypervisor)) return { inputs, failures: [hypervisor], warnings: [] };
  failures.push(...beyondPlatform(policy, hypervisor));
  if (Array.isArray(policy.targets)) {
    const old = Array.isArray(olds?.targets) ? olds.targets : [];
    const matches = policy.targets.map((target, index) =>
      unmatchable(
        hypervisor,
        policy.kind,
        target,
        old.find((one) => isDeepStrictEqual(one, target)),
        `targets[${index}]`,
      ),
    );
    failures.push(...matches.flat());
  }
  const warnings = hasRules(rulesOf(policy)) ? [] : [NO_RULES];
  // What becomes due on an existing one is told by its diff, which knows when the last group was taken.
  if (olds === undefined && failures.length === 0) {
    const findings = await forecast(policy, undefined, hypervisor, context);
    failures.push(...failuresOfFindings(findings, "targets"));
    warnings.push(...warningsOfFindings(findings));
  }
  return { inputs, failures, warnings };
}

function repeatedTargets({ targets }: PolicyInputs, failed: ReadonlySet<string>): CheckFailure[] {
  if (failed.has("targets") || !Array.isArray(targets)) return [];
  return targets.flatMap((target, index) => {
    const first = targets.findIndex((other) => isDeepStrictEqual(other, target));
    if (hasUnknown(target) || first === index) return [];
    return [{ property: `targets[${index}]`, reason: `names the VM of targets[${first}] again. Name it once` }];
  });
}

function scheduleFailures({ schedule, timeZone }: PolicyInputs): CheckFailure[] {
  if (typeof timeZone !== "string" || hasUnknown(timeZone)) return [];
  const zone = timeZoneProblem(timeZone);
  if (zone !== undefined) return [{ property: "timeZone", reason: zone }];
  if (typeof schedule !== "string" || hasUnknown(schedule)) return [];
  const problem = scheduleProblem(schedule, timeZone);
  return problem === undefined ? [] : [{ property: "schedule", reason: problem }];
}

function beyondPlatform(inputs: PolicyInputs, hypervisor: Hypervisor): CheckFailure[] {
  const { kind, consistency, description, pruneFirst } = inputs;
  const failures = unsupported(hypervisor, kind, [
    ["create", "targets", true],
    ["memory", "consistency", consistency === "memory"],
    ["quiesce", "consistency", consistency === "filesystem"],
    ["description", "description", description !== undefined],
  ]);
  const most = hypervisor.maxPoints(kind);
  if (most === 1 && !pruneFirst) {
    const reason = `${hypervisor.platform} keeps one snapshot, so the old one must go before the new one is taken. Set pruneFirst to true to accept that there is none in between`;
    failures.push({ property: "pruneFirst", reason });
  }
  for (const rule of ["keepLast", "keepMin"] as const) {
    const count = inputs[rule] ?? 0;
    if (most === undefined || count <= most) continue;
    failures.push({ property: rule, reason: `is ${count}, and ${hypervisor.platform} keeps ${most}` });
  }
  return failures;
}
