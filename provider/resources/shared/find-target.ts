import { isDeepStrictEqual } from "node:util";
import { isSnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { Driver, InspectOptions, SnapshotKind, Target } from "../../platforms/contract";
import { selectorOf, type TargetInput } from "../../schema/target-input";

/** A target known from a state, under the same input. */
export interface KnownTarget {
  id: string;
  installation: string;
}

/** The state's target; undefined without a state, or when the program now means another connection or target. */
export function knownTarget(
  state: { connection?: unknown; target?: unknown; targetId?: unknown; installation?: unknown } | undefined,
  inputs: { connection: string; target: TargetInput },
): KnownTarget | undefined {
  const { connection, target, targetId, installation } = state ?? {};
  if (typeof targetId !== "string" || typeof installation !== "string") return undefined;
  const same = connection === inputs.connection && isDeepStrictEqual(target, inputs.target);
  return same ? { id: targetId, installation } : undefined;
}

/**
 * The target that a program selects. If none matches, the state's target by id: it was renamed or moved manually.
 *
 * @throws SnapstateError `not-found` when neither exists
 */
export async function findTarget(
  driver: Driver,
  kind: SnapshotKind,
  input: TargetInput,
  known: KnownTarget | undefined,
  call: OperationContext,
  how?: InspectOptions,
): Promise<Target> {
  try {
    return await driver.findTarget(kind, selectorOf(input), call, how);
  } catch (error) {
    if (known === undefined || !isSnapstateError(error, "not-found")) throw error;
    // Ids are invalid on another installation.
    if ((await driver.installation(call)) !== known.installation) throw error;
    return (await driver.inspect(kind, known.id, call, how)).target;
  }
}
