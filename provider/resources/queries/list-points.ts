import { isSnapstateError, SnapstateError } from "../../errors";
import type { Hypervisor, PointKind, Target } from "../../hypervisors/contract";
import type { Call } from "../../waiting";
import { commonFields } from "../core/common-fields";
import type { FieldTable } from "../core/fields";
import { printId } from "../core/ids";
import type { Context, Listed, Values } from "../core/lifecycle";
import { beginCall } from "../core/operation";
import { describeTarget, selectorOf, type TargetInput, targetSchema } from "../core/target-input";

/** VMs that are read at the same time; their reads travel together. */
const TOGETHER = 50;

/** What a list of existing snapshots may be narrowed by. */
export const listFields = {
  connection: commonFields.connection,
  target: {
    schema: targetSchema.optional(),
    change: "update",
    description: "The VM. When left out, every VM that the connection's user may see, where the platform lists them.",
  },
} satisfies FieldTable;

/** Every snapshot on the platform that could be imported, managed and foreign, VM by VM. */
export async function* listPoints(kind: PointKind, args: Values, context: Context): AsyncGenerator<Listed> {
  const { connection, target } = args as { connection: string; target?: TargetInput };
  const hypervisor = context.hypervisor(connection);
  const where = target === undefined ? `connection ${JSON.stringify(connection)}` : describeTarget(target);
  const call = beginCall("read", undefined, `list the snapshots of ${where}`, context);
  const targets = await targetsOf(kind, hypervisor, target, call);
  for (let from = 0; from < targets.length; from += TOGETHER) {
    const some = targets.slice(from, from + TOGETHER);
    for (const listed of await Promise.all(some.map((one) => pointsOf(kind, hypervisor, connection, one, call)))) {
      yield* listed;
    }
  }
}

async function targetsOf(
  kind: PointKind,
  hypervisor: Hypervisor,
  target: TargetInput | undefined,
  call: Call,
): Promise<Target[]> {
  if (target !== undefined) return [await hypervisor.findTarget(kind, selectorOf(target), call)];
  if (hypervisor.listTargets) return hypervisor.listTargets(kind, call);
  throw new SnapstateError({
    kind: "unsupported",
    doing: call.doing,
    answered: `${hypervisor.platform} does not list its VMs`,
    hint: "Name one with target",
  });
}

async function pointsOf(
  kind: PointKind,
  hypervisor: Hypervisor,
  connection: string,
  target: Target,
  call: Call,
): Promise<Listed[]> {
  try {
    const { points } = await hypervisor.inspect(kind, target.id, call, { freshness: "recent" });
    return points.map(({ id, name }) => ({
      id: printId({ connection, target: target.id, point: id }),
      name: `${target.name}/${name}`,
    }));
  } catch (error) {
    // It was there a moment ago, and its snapshots went with it.
    if (isSnapstateError(error, "not-found")) return [];
    throw error;
  }
}
