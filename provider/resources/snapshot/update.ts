import type { SnapshotKind } from "../../platforms/contract";
import { parseId } from "../shared/ids";
import { type Context, stillUnfinished, timeOf, type Values } from "../shared/lifecycle";
import { createSnapshot } from "./create";
import { editSnapshot, removedByHand } from "./edit";
import { fieldsOf } from "./fields";
import { parseSnapshotInputs, parseSnapshotState } from "./inputs";
import { notesOf } from "./notes";
import { commonSnapshotOutputs, desiredOf, expiryOf } from "./outputs";

/** Edits in place, or finishes a create that was interrupted. @returns the whole state. */
export async function updateSnapshot(
  kind: SnapshotKind,
  id: string,
  state: Values,
  news: Values,
  context: Context,
): Promise<Values> {
  const known = parseSnapshotState(state);
  const values = { ...news, marker: news.marker ?? state.marker };
  if (known.platformId === undefined) return finishCreate(kind, id, values, context);

  const { platformId, targetId = parseId(id).target, targetName, installation } = known;
  const { connection, marker, timeouts, ...inputs } = parseSnapshotInputs(kind, values);
  const name = inputs.name ?? known.desired?.name;
  const cleared = inputs.description === undefined && known.desired?.description !== undefined;
  const description = inputs.description ?? (cleared ? "" : undefined);
  const notes = notesOf(kind, inputs, context.driver(connection));
  const place = { connection, installation, targetId, targetName, snapshotId: platformId, known: String(state.name) };
  const edited = await editSnapshot(kind, { ...place, timeouts, name, description, marker, notes }, context);
  if (edited !== undefined) {
    const desired = desiredOf(values, name ?? edited.snapshot.name);
    return commonSnapshotOutputs(values, { kind, ...edited, claim: known.claim, now: timeOf(context) }, desired);
  }
  if (known.consumedAt === undefined)
    throw removedByHand(platformId, `update ${String(state.name)} of VM ${targetName}`);
  return recordOnly(kind, state, values, context);
}

/** The snapshot cannot be edited any more: the new inputs are recorded, and the snapshot's record stays. */
function recordOnly(kind: SnapshotKind, state: Values, values: Values, context: Context): Values {
  const message = `${String(state.platformId)} was consumed by a revert at ${String(state.consumedAt)}: the change is only recorded. To take a new one, change \`triggers\``;
  context.report({ message, severity: "warning" });
  const name = typeof values.name === "string" ? values.name : String(state.name);
  const kept = Object.entries(state).filter(([key]) => !Object.hasOwn(fieldsOf(kind), key));
  const texts = { name, description: values.description ?? "" };
  const expiresAt = expiryOf(parseSnapshotInputs(kind, values), String(state.createdAt));
  return { ...Object.fromEntries(kept), ...values, ...texts, ...expiresAt, desired: desiredOf(values, name) };
}

/** The create looks for its marker first, so finishing is creating; the id in the state stays the same. */
async function finishCreate(kind: SnapshotKind, id: string, values: Values, context: Context): Promise<Values> {
  try {
    return (await createSnapshot(kind, values, { ...context, claims: false })).outputs;
  } catch (error) {
    throw stillUnfinished(id, values, error);
  }
}
