import { isDeepStrictEqual } from "node:util";
import { isSnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { Driver, InspectOptions, SnapshotKind, Target } from "../../platforms/contract";
import { selectorOf, type TargetInput } from "../../schema/target-input";
import type { Values } from "./lifecycle";

/** A target that a state knows, under the same input. */
export interface KnownTarget {
  id: string;
  installation: string;
}

/** What a state knows of its target; undefined where the program means another connection or target by now. */
export function knownTarget(
  state: Values,
  inputs: { connection: string; target: TargetInput },
): KnownTarget | undefined {
  const { connection, target, targetId, installation } = state;
  if (typeof targetId !== "string" || typeof installation !== "string") return undefined;
  const same = connection === inputs.connection && isDeepStrictEqual(target, inputs.target);
  return same ? { id: targetId, installation } : undefined;
}

/**
 * The target that a program names. When nothing has that name any more, the one that the state knows by its id: somebody
 * renamed or moved it by hand.
 *
 * @throws SnapstateError `not-found` when there is neither
 */
export async function findTarget(
  driver: Driver,
  kind: SnapshotKind,
  input: TargetInput,
  known: KnownTarget | undefined,
  call: OperationContext,
  how?: Pick<InspectOptions, "freshness">,
): Promise<Target> {
  try {
    return await driver.findTarget(kind, selectorOf(input), call, how);
  } catch (error) {
    if (known === undefined || !isSnapstateError(error, "not-found")) throw error;
    // An id means nothing to another installation.
    if ((await driver.installation(call)) !== known.installation) throw error;
    return (await driver.inspect(kind, known.id, call, how)).target;
  }
}
