import { isDeepStrictEqual } from "node:util";
import { asSnapstateError } from "../core/errors";
import type { Driver, Feature, SnapshotKind } from "../platforms/contract";
import { type TextLimits, textProblem } from "../platforms/text-limits";
import type { CheckFailure, Context, Values } from "../resources/shared/lifecycle";
import { firstMarker } from "../resources/shared/marker";
import { hasUnknown } from "../resources/shared/unknown";
import { selectorOf, type TargetInput } from "./target-input";

/** The hypervisor behind the `connection` input, or why a check fails. */
export function openForCheck(connection: string, context: Context): Driver | CheckFailure {
  try {
    return context.driver(connection);
  } catch (error) {
    const { message } = asSnapstateError(error, `open connection ${JSON.stringify(connection)}`);
    return { property: "connection", reason: message };
  }
}

export function isFailure(value: Driver | CheckFailure): value is CheckFailure {
  return "reason" in value;
}

/** What the platform cannot do fails here, in a sentence that names the platform, the input and the way out. */
export function unsupported(
  driver: Driver,
  kind: SnapshotKind,
  wanted: readonly (readonly [feature: Feature, property: string, asked: boolean])[],
): CheckFailure[] {
  return wanted.flatMap(([feature, property, asked]) => {
    const support = driver.supports(kind, feature);
    if (!asked || support.supported) return [];
    return [{ property, reason: `${driver.platform} ${support.reason}. ${support.remedy}` }];
  });
}

/**
 * Texts that the platform does not take. One that is there already, and is not changed, is none of a check's business.
 *
 * @param olds the inputs before, where there are any
 */
export function unfitTexts(
  platform: string,
  limits: TextLimits | undefined,
  inputs: Values,
  olds: Values | undefined,
): CheckFailure[] {
  return (["name", "description"] as const).flatMap((property) => {
    const [limit, text] = [limits?.[property], inputs[property]];
    if (limit === undefined || typeof text !== "string" || hasUnknown(text) || text === olds?.[property]) return [];
    const problem = textProblem(limit, text);
    return problem === undefined ? [] : [{ property, reason: `${problem} (${platform})` }];
  });
}

/** A new way of naming the target that nothing can ever match. */
export function unmatchable(
  driver: Driver,
  kind: SnapshotKind,
  target: unknown,
  before: unknown,
  property = "target",
): CheckFailure[] {
  if (target === undefined || hasUnknown(target) || isDeepStrictEqual(target, before)) return [];
  const reason = driver.selectorProblem?.(kind, selectorOf(target as TargetInput));
  return reason === undefined ? [] : [{ property, reason }];
}

/** The resource's identity, from the adapter or from what the program's process filled in. */
export function ownerOf(values: Values, context: Context): string | undefined {
  return context.owner ?? (typeof values.owner === "string" ? values.owner : undefined);
}

/** Fills in the marker: the state's, or the first one of this owner, or the one that a replacement gets. */
export function assignMarker(inputs: Values, olds: Values | undefined, context: Context): void {
  const owner = ownerOf(inputs, context);
  if (owner === undefined) return;
  if (typeof olds?.marker === "string") {
    inputs.marker = olds.marker;
    context.memory.noteMarker(owner, olds.marker);
  } else {
    inputs.marker = context.memory.markerAfter(owner) ?? firstMarker(owner);
  }
}
