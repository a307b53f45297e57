import { asSnapstateError, isSnapstateError } from "../../errors";
import type { Hypervisor } from "../../hypervisors/contract";
import { findTarget } from "../core/find-target";
import type { Context } from "../core/lifecycle";
import { beginCall } from "../core/operation";
import { describeTarget } from "../core/target-input";
import { hasUnknown } from "../core/unknown";
import { guardCreate } from "../point/guards";
import { pointDemand } from "./group";
import { dueNow, type PolicyInputs, type PolicyState } from "./inputs";
import { FOREIGN } from "./retention";
import { knownMarkers, knownMember, memberOf, NEW, planFor } from "./series";

/**
 * What an `up` would take, keep and prune, in lines. A VM that is not there yet or a platform that does not answer is the
 * run's business, so nothing here fails.
 *
 * @param state absent for a resource that is about to be created
 */
export async function forecast(
  inputs: PolicyInputs,
  state: PolicyState | undefined,
  hypervisor: Hypervisor,
  context: Context,
): Promise<string[]> {
  const now = context.now?.() ?? Date.now();
  if (hasUnknown(inputs.targets)) return [`Series ${inputs.label}: takes a snapshot of VMs that are not known yet.`];
  const lines: string[][] = await Promise.all(
    inputs.targets.map(async (target) => {
      const named = describeTarget(target);
      const call = beginCall("read", inputs.timeouts, `check ${named}`, context);
      try {
        const known = knownMember(state ?? {}, inputs.connection, target);
        const { id } = await findTarget(hypervisor, inputs.kind, target, known, call, { freshness: "recent" });
        const seen = await hypervisor.inspect(inputs.kind, id, call, { freshness: "recent", readiness: true });
        const job = { inputs, known: knownMarkers(state ?? {}) };
        const newest = memberOf(job, seen).snapshots[0]?.createdAt;
        const due = dueNow(state, inputs, now, newest === undefined ? undefined : Date.parse(newest));
        if (due === undefined) return [];
        const room = inputs.pruneFirst ? undefined : hypervisor.maxPoints(inputs.kind);
        const findings = guardCreate(pointDemand(inputs), seen, room);
        const refusals = findings.filter(({ severity }) => severity === "refusal");
        if (refusals.length > 0)
          return refusals.map(({ message }) => `${named}: ${message}. The group will be refused.`);
        const plan = planFor(job, seen, now, true);
        return [
          [`${named}: takes a snapshot of series ${inputs.label} (${due.because}), then`, ...plan.flatMap(line)].join(
            "\n",
          ),
          ...findings.map(({ message }) => `${named}: ${message}.`),
        ];
      } catch (error) {
        if (isSnapstateError(error, "not-found")) return [`${named} does not exist yet.`];
        return [asSnapstateError(error, call.doing).message];
      }
    }),
  );
  return lines.flat();
}

function line({ id, keep, reasons, point }: ReturnType<typeof planFor>[number]): string[] {
  if (reasons.includes(FOREIGN)) return [];
  const what = id === NEW ? "the new one" : `${point?.name} (${id}, ${point?.createdAt || "time not known"})`;
  return [`  ${keep ? "keeps " : "prunes"} ${what}: ${reasons.join(", ")}`];
}
