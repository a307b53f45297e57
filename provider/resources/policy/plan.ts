import { isDeepStrictEqual } from "node:util";
import type { Driver } from "../../platforms/contract";
import { diffFields } from "../../schema/fields";
import { hasUnknown } from "../../schema/unknown";
import { unmatchable, unsupported } from "../shared/check-parts";
import { type CheckFailure, timeOf, type Values } from "../shared/lifecycle";
import type { Observed, Planning } from "../shared/plan";
import { type Finding, refusalsOf, warning } from "../shared/preflight";
import { policyFields, policyOutputs } from "./fields";
import { forecast } from "./forecast";
import { dueNow, type PolicyInputs, type PolicyState, policyInputs, rulesOf } from "./inputs";
import { hasRules } from "./retention";
import { scheduleProblem, timeZoneProblem } from "./schedule";

const NO_RULES =
  "No retention rule is set (keepLast, keepHourly, keepDaily, keepWeekly, keepMonthly, maxAge), so the series grows until the datastore is full.";

interface PolicyObserved extends Observed {
  due: boolean;
}

/** The plan of a SnapshotPolicy: whether a group is due, and what it would take, keep and prune. */
export const policyPlanning: Planning<PolicyObserved> = {
  fields: policyFields,
  outputs: policyOutputs,
  subject: "targets",
  validate: (values) => {
    const inputs = policyInputs(values);
    return [...repeatedTargets(inputs), ...scheduleFailures(inputs)];
  },
  limits,
  observe: async (prior, values, driver, context) => {
    const inputs = policyInputs(values);
    const state = prior?.state as PolicyState | undefined;
    if (state === undefined) return { due: true, findings: await forecast(inputs, undefined, driver, context) };
    const { updates, replaces } = diffFields(policyFields, state as Values, values);
    const unknown = [values.schedule, values.timeZone, values.triggers].some(hasUnknown);
    if (unknown || replaces.length > 0) return { due: false, findings: [] };
    const due = dueNow(state, inputs, timeOf(context)) !== undefined;
    const forecasts = (due || updates.includes("targets")) && !context.compareOnly;
    return { due, findings: forecasts ? await forecast(inputs, state, driver, context) : [] };
  },
  compare: (state, inputs, observed) => {
    const { updates, replaces } = diffFields(policyFields, state, inputs);
    const { unfinished, unpruned } = state as PolicyState;
    if (updates.length === 0 && replaces.length === 0) {
      if (observed?.due || unfinished !== undefined) updates.push("takenAt");
      else if (unpruned) updates.push("pruned");
    }
    return { updates, replaces, deleteBeforeReplace: false };
  },
};

function repeatedTargets({ targets }: PolicyInputs): CheckFailure[] {
  if (!Array.isArray(targets)) return [];
  return targets.flatMap((target, index) => {
    const first = targets.findIndex((other) => isDeepStrictEqual(other, target));
    if (hasUnknown(target) || first === index) return [];
    return [{ property: `targets[${index}]`, reason: `repeats the VM of targets[${first}]. List it once` }];
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

function limits(values: Values, before: Values | undefined, driver: Driver): Finding[] {
  const inputs = policyInputs(values);
  const { kind, consistency, description, pruneFirst } = inputs;
  const failures = unsupported(driver, kind, [
    ["create", "targets", true],
    ["memory", "consistency", consistency === "memory"],
    ["quiesce", "consistency", consistency === "filesystem"],
    ["description", "description", description !== undefined],
  ]);
  const most = driver.maxSnapshots?.(kind);
  if (most === 1 && !pruneFirst) {
    const reason = `${driver.platform} keeps one snapshot, so the old one must be removed before the new one is taken. Set pruneFirst to true to accept a time without a snapshot`;
    failures.push({ property: "pruneFirst", reason });
  }
  for (const rule of ["keepLast", "keepMin"] as const) {
    const count = inputs[rule] ?? 0;
    if (most === undefined || count <= most) continue;
    failures.push({ property: rule, reason: `is ${count}, and ${driver.platform} keeps ${most}` });
  }
  const old = Array.isArray(before?.targets) ? before.targets : [];
  const matches = inputs.targets.map((target, index) => {
    const same = old.find((one) => isDeepStrictEqual(one, target));
    return unmatchable(driver, kind, target, same, `targets[${index}]`);
  });
  const unruled = hasRules(rulesOf(inputs)) ? [] : [warning(NO_RULES)];
  return [...refusalsOf([...failures, ...matches.flat()]), ...unruled];
}
