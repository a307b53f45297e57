import type { Driver, Target, TargetState } from "../../platforms/contract";
import { describeTarget } from "../../schema/target-input";
import { hasUnknown } from "../../schema/unknown";
import { beginOperation } from "../shared/begin-operation";
import { findTarget } from "../shared/find-target";
import { type Context, timeOf } from "../shared/lifecycle";
import { type Finding, preflight, refusal, warning } from "../shared/preflight";
import { findMarked } from "../snapshot/find";
import { guardCreate } from "../snapshot/guards";
import { demandOf } from "../snapshot/names";
import { dueNow, type PolicyInputs, type PolicyState } from "./inputs";
import { FOREIGN } from "./retention";
import { knownMarkers, knownMember, memberOf, oneVm, PLANNED_ID, planFor } from "./series";

/**
 * Messages about what an `up` would take, keep, prune and refuse.
 *
 * @param state absent for a resource to be created
 */
export async function forecast(
  inputs: PolicyInputs,
  state: PolicyState | undefined,
  driver: Driver,
  context: Context,
): Promise<Finding[]> {
  if (hasUnknown(inputs.targets))
    return [warning(`Series ${inputs.label}: takes a snapshot of VMs that are unknown yet.`)];
  const found = new Map<number, Target>();
  const perTarget = await Promise.all(
    inputs.targets.map(async (target, index) => {
      const named = describeTarget(target);
      const call = beginOperation("read", inputs.timeouts, `check ${named}`, context);
      const findings = await preflight({ named, operation: call.operation }, async () => {
        const known = knownMember(state ?? {}, inputs.connection, target);
        const how = { freshness: "recent", readiness: true } as const;
        const { id } = await findTarget(driver, inputs.kind, target, known, call, how);
        const seen = await driver.inspect(inputs.kind, id, call, how);
        found.set(index, seen.target);
        return forecastOne(inputs, state, seen, driver, context);
      });
      return findings.map((finding) => ({ ...finding, property: finding.property ?? `targets[${index}]` }));
    }),
  );
  return [...sameVm(inputs, found), ...perTarget.flat()];
}

function forecastOne(
  inputs: PolicyInputs,
  state: PolicyState | undefined,
  seen: TargetState,
  driver: Driver,
  context: Context,
): Finding[] {
  const now = timeOf(context);
  const named = `VM ${JSON.stringify(seen.target.name)}`;
  const job = { inputs, known: knownMarkers(state ?? {}) };
  const newest = memberOf(job, seen).snapshots[0]?.createdAt;
  const due = dueNow(state, inputs, now, newest === undefined ? undefined : Date.parse(newest));
  // An interrupted run's group is only completed.
  if (due === undefined || findMarked(seen, due.marker, `check ${named}`) !== undefined) return [];
  const room = inputs.pruneFirst ? undefined : driver.maxSnapshots?.(inputs.kind);
  const findings = guardCreate(demandOf(inputs.consistency), seen, room).map((finding) => ({
    severity: finding.severity,
    message: `${named}: ${finding.message}.`,
    ...(finding.property === "memory" || finding.property === "quiesce" ? { property: "consistency" } : {}),
  }));
  if (findings.some(({ severity }) => severity === "refusal")) return findings;
  const plan = planFor(job, seen, now, true);
  const head = `${named}: takes a snapshot of series ${inputs.label} (${due.reason}), then`;
  return [warning([head, ...plan.flatMap(line)].join("\n")), ...findings];
}

/** Two inputs that resolve to the same VM. */
function sameVm({ targets }: PolicyInputs, found: ReadonlyMap<number, Target>): Finding[] {
  return targets.flatMap((target, index) => {
    const vm = found.get(index);
    const first = targets.findIndex((_, other) => found.get(other)?.id === vm?.id);
    const same = first === -1 ? undefined : targets[first];
    if (vm === undefined || same === undefined || first === index) return [];
    return [refusal(oneVm(same, target, vm), `targets[${index}]`)];
  });
}

function line({ id, keep, reasons, snapshot }: ReturnType<typeof planFor>[number]): string[] {
  if (reasons.includes(FOREIGN)) return [];
  const what =
    id === PLANNED_ID ? "the new one" : `${snapshot?.name} (${id}, ${snapshot?.createdAt || "time not known"})`;
  return [`  ${keep ? "keeps " : "prunes"} ${what}: ${reasons.join(", ")}`];
}
