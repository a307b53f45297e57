import type { PointKind } from "../../hypervisors/contract";
import { checkFields } from "../core/fields";
import { printId } from "../core/ids";
import type { Context, Created, Values } from "../core/lifecycle";
import { createPoint } from "./create";
import { deletePoint } from "./delete";
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
export function createUnowned(kind: PointKind, given: Values, context: Context, series?: string): Promise<Created> {
  const { inputs } = checkFields(fieldsOf(kind), given);
  return createPoint(kind, series === undefined ? inputs : { ...inputs, series }, unowned(context));
}

/** Removes a snapshot that is no resource of its own as a Snapshot's delete does: looked after when a reply is lost. */
export async function removeKnown(
  kind: PointKind,
  { connection, installation, targetId, targetName = targetId, timeouts }: Place,
  point: { id: string; name: string },
  context: Context,
): Promise<void> {
  const { inputs } = checkFields(fieldsOf(kind), { connection, target: { id: targetId }, timeouts });
  const known = { installation, targetId, targetName, platformId: point.id, name: point.name };
  const state: Values = { ...inputs, ...known };
  await deletePoint(kind, printId({ connection, target: targetId, point: point.id }), state, unowned(context));
}

/** The owner stands for the one snapshot of a resource; what is remembered of that must not be applied to these. */
function unowned(context: Context): Context {
  return { ...context, owner: undefined };
}
