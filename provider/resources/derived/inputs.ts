import type { Duration } from "../../core/durations";
import { SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { Driver } from "../../platforms/contract";
import type { Derived, DerivedCapability, DerivedKind } from "../../platforms/derived";
import type { TargetInput } from "../../schema/target-input";
import type { Values } from "../shared/lifecycle";
import { type TakenOver, takenOverKey } from "../shared/taken-over";

/** Inputs of Template and Volume after check. */
export interface DerivedInputs {
  connection: string;
  snapshot: string;
  name: string;
  description?: string;
  osType?: string;
  passwordEnabled?: boolean;
  attachTo?: TargetInput;
  onDestroy: "delete" | "retain";
  timeouts?: { create?: Duration; read?: Duration; update?: Duration; delete?: Duration };
  marker: string;
}

export interface DerivedState {
  installation?: string;
  platformId?: string;
}

export function parseDerivedInputs(values: Values): DerivedInputs {
  return values as unknown as DerivedInputs;
}

export function parseDerivedState(values: Values): DerivedState {
  return values as DerivedState;
}

/** What a create of this state took over, or another state may. */
export function takenOverOf(kind: DerivedKind, state: Values, marker: string): TakenOver {
  const { installation = "", platformId } = parseDerivedState(state);
  return { place: [installation, kind], marker, id: platformId };
}

/** Identifies a state's copy; undefined before it exists. */
export function derivedKey(kind: DerivedKind, state: Values): string | undefined {
  const { platformId } = parseDerivedState(state);
  return platformId === undefined ? undefined : takenOverKey(takenOverOf(kind, state, String(state.marker)));
}

/** @throws SnapstateError `unsupported` on a platform that cannot make them */
export function derivedOf(driver: Driver, kind: DerivedKind, operation: string): DerivedCapability {
  const { derived } = driver;
  const support = derived?.supports(kind);
  if (derived !== undefined && support?.supported) return derived;
  const { reason, remedy } = unsupportedReason(driver, kind) ?? { reason: `cannot make ${kind}s`, remedy: "" };
  throw new SnapstateError({
    kind: "unsupported",
    operation,
    detail: `${driver.platform} ${reason}`,
    hint: remedy,
  });
}

/** Why the platform cannot make them; undefined if it can. */
export function unsupportedReason(driver: Driver, kind: DerivedKind): { reason: string; remedy: string } | undefined {
  const support = driver.derived?.supports(kind);
  if (support?.supported) return undefined;
  return (
    support ?? {
      reason: `cannot make ${kind}s from snapshots`,
      remedy: `Remove the ${kind === "template" ? "Template" : "Volume"}, or use a CloudStack connection`,
    }
  );
}

/** The state of a copy: its inputs, then the platform's values. Two reads of an unchanged platform are equal. */
export function derivedOutputs(
  kind: DerivedKind,
  inputs: Values,
  { platform, installation }: { platform: string; installation: string },
  copy: Derived,
): Values {
  return {
    ...inputs,
    name: copy.name,
    ...(kind === "template" && inputs.description !== undefined ? { description: copy.description } : {}),
    platform,
    installation,
    platformId: copy.id,
    createdAt: copy.createdAt,
    state: copy.stateWord,
    ready: copy.state === "ready",
    ...(copy.sizeBytes === undefined ? {} : { sizeBytes: copy.sizeBytes }),
    ...(kind === "volume" ? { attachedTo: copy.attachedTo ?? "" } : {}),
  };
}

/**
 * The one copy that carries the marker.
 *
 * @throws SnapstateError `ambiguous` when two carry it
 */
export function markedDerived(
  derived: readonly Derived[],
  marker: string,
  call: OperationContext,
): Derived | undefined {
  const marked = derived.filter(({ ownership }) => ownership?.marker === marker);
  const usable = marked.filter(({ state }) => state !== "failed");
  const matches = usable.length > 0 ? usable : marked.slice(0, 1);
  if (matches.length < 2) return matches[0];
  throw new SnapstateError({
    kind: "ambiguous",
    operation: call.operation,
    detail: `${matches.map(({ id, name }) => `${id} (${JSON.stringify(name)})`).join(" and ")} carry the marker ${marker}`,
    hint: "Remove the one that is not this resource's, then run again",
  });
}
