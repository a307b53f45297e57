import { isSnapstateError, SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { Driver, SnapshotKind, Target } from "../../platforms/contract";
import { commonFields } from "../../schema/common-fields";
import type { FieldTable } from "../../schema/fields";
import { describeTarget, selectorOf, type TargetInput, targetSchema } from "../../schema/target-input";
import { beginOperation } from "../shared/begin-operation";
import { printId } from "../shared/ids";
import type { Context, Listed, Values } from "../shared/lifecycle";

/** VMs read at the same time; their reads are batched. */
const CONCURRENT_READS = 50;

/** Filters for a list of existing snapshots. */
export const listFields = {
  connection: commonFields.connection,
  target: {
    schema: targetSchema.optional(),
    lookup: "one",
    change: "update",
    description: "The VM. Default: every VM that the connection's user may see, if the platform lists them.",
  },
} satisfies FieldTable;

/** Every snapshot on the platform that could be imported, managed or foreign, VM by VM. */
export async function* listSnapshots(kind: SnapshotKind, args: Values, context: Context): AsyncGenerator<Listed> {
  const { connection, target } = args as { connection: string; target?: TargetInput };
  const driver = context.driver(connection);
  const where = target === undefined ? `connection ${JSON.stringify(connection)}` : describeTarget(target);
  const call = beginOperation("read", undefined, `list the snapshots of ${where}`, context);
  const targets = await targetsOf(kind, driver, target, call);
  for (let from = 0; from < targets.length; from += CONCURRENT_READS) {
    const some = targets.slice(from, from + CONCURRENT_READS);
    for (const listed of await Promise.all(some.map((one) => snapshotsOf(kind, driver, connection, one, call)))) {
      yield* listed;
    }
  }
}

async function targetsOf(
  kind: SnapshotKind,
  driver: Driver,
  target: TargetInput | undefined,
  call: OperationContext,
): Promise<Target[]> {
  if (target !== undefined) return [await driver.findTarget(kind, selectorOf(target), call)];
  if (driver.listTargets) return driver.listTargets(kind, call);
  throw new SnapstateError({
    kind: "unsupported",
    operation: call.operation,
    detail: `${driver.platform} cannot list its VMs`,
    hint: "Set target",
  });
}

async function snapshotsOf(
  kind: SnapshotKind,
  driver: Driver,
  connection: string,
  target: Target,
  call: OperationContext,
): Promise<Listed[]> {
  try {
    const { snapshots } = await driver.inspect(kind, target.id, call, { freshness: "recent" });
    return snapshots.map(({ id, name }) => ({
      id: printId({ connection, target: target.id, snapshot: id }),
      name: `${target.name}/${name}`,
    }));
  } catch (error) {
    // The VM was deleted since the list was read, and its snapshots with it.
    if (isSnapstateError(error, "not-found")) return [];
    throw error;
  }
}
