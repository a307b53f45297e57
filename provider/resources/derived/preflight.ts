import type { OperationContext } from "../../core/operation";
import type { Driver } from "../../platforms/contract";
import type { DerivedKind } from "../../platforms/derived";
import { describeTarget, selectorOf } from "../../schema/target-input";
import { hasUnknown } from "../../schema/unknown";
import { beginOperation } from "../shared/begin-operation";
import { parseId } from "../shared/ids";
import type { Context } from "../shared/lifecycle";
import { type Finding, preflight, refusal } from "../shared/preflight";
import { findById, isPendingId, refuseForeign } from "../snapshot/find";
import { type DerivedInputs, derivedOf, markedDerived } from "./inputs";

/** Findings for a create: its snapshot, and the VM to attach it to. */
export async function preflightDerived(
  kind: DerivedKind,
  inputs: DerivedInputs,
  driver: Driver,
  context: Context,
): Promise<Finding[]> {
  const call = beginOperation("read", inputs.timeouts, `check ${kind} ${JSON.stringify(inputs.name)}`, context);
  const { attachTo } = inputs;
  const [ofSnapshot, ofVm] = await Promise.all([
    preflight({ named: `snapshot ${inputs.snapshot}`, operation: call.operation }, () =>
      guardSource(kind, inputs, driver, context, call),
    ),
    attachTo === undefined || hasUnknown(attachTo)
      ? []
      : preflight({ named: describeTarget(attachTo), operation: call.operation }, async () => {
          await driver.findTarget("recovery-point", selectorOf(attachTo), call, { freshness: "recent" });
          return [];
        }),
  ]);
  return [...ofSnapshot, ...ofVm.map((finding) => ({ ...finding, property: finding.property ?? "attachTo" }))];
}

/** A bare platform id is checked by the platform itself: without the source volume it cannot be looked up. */
async function guardSource(
  kind: DerivedKind,
  { snapshot, connection, marker }: DerivedInputs,
  driver: Driver,
  context: Context,
  call: OperationContext,
): Promise<Finding[]> {
  if (hasUnknown(snapshot)) return [];
  const installation = await driver.installation(call);
  await refuseForeign(snapshot, { connection, installation }, context, call);
  const target = targetOf(snapshot);
  if (target === undefined || isPendingId(snapshot)) return [];
  const state = await driver.inspect("snapshot", target, call, { freshness: "recent" });
  const found = findById(state, snapshot, call.operation);
  if (found !== undefined && found.failed === undefined) return [];
  // The snapshot may be deleted once the copy exists; an interrupted run's copy is taken over.
  const made = await derivedOf(driver, kind, call.operation).list(kind, call);
  if (markedDerived(made, marker, call)?.state === "ready") return [];
  const why = found === undefined ? "does not exist" : `is ${found.failed}, so it cannot be used`;
  return [refusal(`snapshot ${snapshot} ${why}`, "snapshot")];
}

function targetOf(snapshot: string): string | undefined {
  try {
    return parseId(snapshot).target;
  } catch {
    return undefined;
  }
}
