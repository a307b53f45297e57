import { isDeepStrictEqual } from "node:util";
import { isSnapstateError } from "../../errors";
import type { Hypervisor, InspectOptions, PointKind, Target } from "../../hypervisors/contract";
import type { Call } from "../../waiting";
import type { Values } from "./lifecycle";
import { selectorOf, type TargetInput } from "./target-input";

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
  hypervisor: Hypervisor,
  kind: PointKind,
  input: TargetInput,
  known: KnownTarget | undefined,
  call: Call,
  how?: Pick<InspectOptions, "freshness">,
): Promise<Target> {
  try {
    return await hypervisor.findTarget(kind, selectorOf(input), call, how);
  } catch (error) {
    if (known === undefined || !isSnapstateError(error, "not-found")) throw error;
    // An id means nothing to another installation.
    if ((await hypervisor.installation(call)) !== known.installation) throw error;
    return (await hypervisor.inspect(kind, known.id, call, how)).target;
  }
}
