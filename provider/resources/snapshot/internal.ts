import type { SnapshotKind } from "../../platforms/contract";
import { checkFields } from "../../schema/fields";
import { printId } from "../shared/ids";
import type { Context, Created, Values } from "../shared/lifecycle";
import { createSnapshot } from "./create";
import { deleteSnapshot } from "./delete";
import { fieldsOf } from "./fields";

/** Where a snapshot is that is no resource of its own. */
export interface Place {
  connection: string;
  installation: string;
  targetId: string;
  targetName?: string;
  timeouts?: unknown;
}

/**
 * Takes a snapshot that is no resource of its own as a Snapshot's create does: exactly once, found by its marker.
 *
 * @param given inputs of a Snapshot or RecoveryPoint, with the marker
 */
export function createInternal(kind: SnapshotKind, given: Values, context: Context, series?: string): Promise<Created> {
  const { inputs } = checkFields(fieldsOf(kind), given);
  return createSnapshot(kind, series === undefined ? inputs : { ...inputs, series }, internal(context));
}

/** Removes a snapshot that is no resource of its own as a Snapshot's delete does: looked after when a reply is lost. */
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

/** The owner stands for the one snapshot of a resource; what is remembered of that must not be applied to these. */
function internal(context: Context): Context {
  return { ...context, owner: undefined };
}
