import type { SnapshotKind } from "../../platforms/contract";
import { checkFields } from "../../schema/fields";
import { printId } from "../shared/ids";
import type { Context, Created, Values } from "../shared/lifecycle";
import { createSnapshot } from "./create";
import { deleteSnapshot } from "./delete";
import { fieldsOf } from "./fields";

/** Location of a snapshot that is not a resource of its own. */
export interface Place {
  connection: string;
  installation: string;
  targetId: string;
  targetName?: string;
  timeouts?: unknown;
}

/**
 * Takes a snapshot that is not a resource of its own, with the create of a Snapshot: exactly once, found by its
 * marker.
 *
 * @param given inputs of a Snapshot or RecoveryPoint, with the marker
 */
export function createInternal(kind: SnapshotKind, given: Values, context: Context, series?: string): Promise<Created> {
  const { inputs } = checkFields(fieldsOf(kind), given);
  return createSnapshot(kind, series === undefined ? inputs : { ...inputs, series }, internal(context));
}

/**
 * Removes a snapshot that is not a resource of its own, with the delete of a Snapshot: a lost reply is resolved by
 * observing.
 */
export async function deleteById(
  kind: SnapshotKind,
  { connection, installation, targetId, targetName = targetId, timeouts }: Place,
  snapshot: { id: string; name: string },
  context: Context,
): Promise<void> {
  const { inputs } = checkFields(fieldsOf(kind), { connection, target: { id: targetId }, timeouts });
  const known = { installation, targetId, targetName, platformId: snapshot.id, name: snapshot.name };
  const state: Values = { ...inputs, ...known };
  await deleteSnapshot(
    kind,
    printId({ connection, target: targetId, snapshot: snapshot.id }),
    state,
    internal(context),
  );
}

/** Drops the owner, which stands for a resource's one snapshot: what is remembered about it must not apply to these. */
function internal(context: Context): Context {
  return { ...context, owner: undefined };
}
