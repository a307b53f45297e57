import type { Hypervisor } from "../../hypervisors/contract";
import type { CopyKind } from "../../hypervisors/copies";
import type { Call } from "../../waiting";
import { parseId } from "../core/ids";
import type { Context } from "../core/lifecycle";
import { beginCall } from "../core/operation";
import { type Finding, preflight, refusal } from "../core/preflight";
import { describeTarget, selectorOf } from "../core/target-input";
import { hasUnknown } from "../core/unknown";
import { findById, isPendingId, refuseForeign } from "../point/find";
import { type CopyInputs, copiesOf, markedCopy } from "./inputs";

/** What a create of this copy would meet now: its snapshot, and the VM that it is to be attached to. */
export async function preflightCopy(
  kind: CopyKind,
  inputs: CopyInputs,
  hypervisor: Hypervisor,
  context: Context,
): Promise<Finding[]> {
  const call = beginCall("read", inputs.timeouts, `check ${kind} ${JSON.stringify(inputs.name)}`, context);
  const { attachTo } = inputs;
  const [ofSnapshot, ofVm] = await Promise.all([
    preflight({ named: `snapshot ${inputs.snapshot}`, doing: call.doing }, () =>
      guardSource(kind, inputs, hypervisor, context, call),
    ),
    attachTo === undefined || hasUnknown(attachTo)
      ? []
      : preflight({ named: describeTarget(attachTo), doing: call.doing }, async () => {
          await hypervisor.findTarget("recovery-point", selectorOf(attachTo), call, { freshness: "recent" });
          return [];
        }),
  ]);
  return [...ofSnapshot, ...ofVm.map((finding) => ({ ...finding, property: finding.property ?? "attachTo" }))];
}

/** A platform's bare id is left to the platform: without the volume there is nothing to look it up in. */
async function guardSource(
  kind: CopyKind,
  { snapshot, connection, marker }: CopyInputs,
  hypervisor: Hypervisor,
  context: Context,
  call: Call,
): Promise<Finding[]> {
  if (hasUnknown(snapshot)) return [];
  const installation = await hypervisor.installation(call);
  await refuseForeign(snapshot, { connection, installation }, context, call);
  const target = targetOf(snapshot);
  if (target === undefined || isPendingId(snapshot)) return [];
  const state = await hypervisor.inspect("snapshot", target, call, { freshness: "recent" });
  const point = findById(state, snapshot, call.doing);
  if (point !== undefined && point.failed === undefined) return [];
  // A snapshot may go once the copy is made; what an interrupted run has made is taken over.
  const made = await copiesOf(hypervisor, kind, call.doing).list(kind, call);
  if (markedCopy(made, marker, call)?.state === "ready") return [];
  const why = point === undefined ? "is not there" : `is ${point.failed}, so it cannot be used`;
  return [refusal(`snapshot ${snapshot} ${why}`, "snapshot")];
}

function targetOf(snapshot: string): string | undefined {
  try {
    return parseId(snapshot).target;
  } catch {
    return undefined;
  }
}
