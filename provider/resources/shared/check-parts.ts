import { isDeepStrictEqual } from "node:util";
import { asSnapstateError } from "../../core/errors";
import type { Driver, Feature, SnapshotKind } from "../../platforms/contract";
import { type TextLimits, textProblem } from "../../platforms/text-limits";
import { selectorOf, type TargetInput } from "../../schema/target-input";
import { hasUnknown } from "../../schema/unknown";
import type { CheckFailure, Context, Values } from "./lifecycle";

/** The driver behind the `connection` input, or the reason why it cannot be opened. */
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

/** Reports what the platform cannot do, naming the platform, the input and the remedy. */
export function unsupported(
  driver: Driver,
  kind: SnapshotKind,
  wanted: readonly (readonly [feature: Feature, property: string, requested: boolean])[],
): CheckFailure[] {
  return wanted.flatMap(([feature, property, requested]) => {
    const support = driver.supports(kind, feature);
    if (!requested || support.supported) return [];
    return [{ property, reason: `${driver.platform} ${support.reason}. ${support.remedy}` }];
  });
}

/**
 * Texts that the platform does not accept. Unchanged texts that exist already are not judged.
 *
 * @param olds inputs of the last run, if any
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

/** A changed target selector that can never match anything. */
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
