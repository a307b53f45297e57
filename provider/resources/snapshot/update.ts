import { asSnapstateError, isSnapstateError, SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { SnapshotKind } from "../../platforms/contract";
import { beginOperation, sameInstallation } from "../shared/begin-operation";
import { parseId } from "../shared/ids";
import { type Context, PartialStateError, type Values } from "../shared/lifecycle";
import { createSnapshot } from "./create";
import { fieldsOf } from "./fields";
import { parseSnapshotInputs, parseSnapshotState } from "./inputs";
import { notesOf } from "./notes";
import { commonSnapshotOutputs, desiredOf, expiryOf } from "./outputs";
import { missingEdit, updateMetadata } from "./update-metadata";

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

  const { platformId, targetId = parseId(id).target } = known;
  const inputs = parseSnapshotInputs(kind, values);
  const driver = context.driver(inputs.connection);
  const call = beginOperation(
    "update",
    inputs.timeouts,
    `update ${String(state.name)} of VM ${known.targetName}`,
    context,
  );
  const installation = await sameInstallation(driver, known.installation, call);
  return context.memory.withLock(`${installation}/${targetId}`, async () => {
    const before = await driver.inspect(kind, targetId, call, { freshness: "recent" });
    const snapshot = before.snapshots.find((candidate) => candidate.id === platformId);
    if (snapshot === undefined && known.consumedAt !== undefined) return recordOnly(kind, state, values, call);
    if (snapshot === undefined) throw removedByHand(platformId, call.operation);

    const name = inputs.name ?? known.desired?.name ?? snapshot.name;
    const cleared = inputs.description === undefined && known.desired?.description !== undefined;
    const description = inputs.description ?? (cleared ? "" : undefined);
    const notes = notesOf(kind, inputs, driver);
    const desired = { name, description, marker: inputs.marker, notes };
    const changed = await updateMetadata(driver, kind, targetId, snapshot, desired, call);
    const after = changed ? await driver.inspect(kind, targetId, call) : before;
    const now = after.snapshots.find((candidate) => candidate.id === platformId);
    if (now === undefined) throw removedByHand(platformId, call.operation);
    // Otherwise the state would claim an edit that the platform did not make, and no later run would make it.
    if (changed && missingEdit(driver, kind, now, desired)) throw notEdited(platformId, call.operation);
    const sources = {
      kind,
      driver: driver,
      installation,
      state: after,
      snapshot: now,
      now: context.now?.() ?? Date.now(),
    };
    return commonSnapshotOutputs(values, sources, desiredOf(values, name));
  });
}

/** The snapshot cannot be edited any more: the new inputs are recorded, and the snapshot's record stays. */
function recordOnly(kind: SnapshotKind, state: Values, values: Values, call: OperationContext): Values {
  const message = `${String(state.platformId)} was consumed by a revert at ${String(state.consumedAt)}: the change is only recorded. To take a new one, change \`triggers\``;
  call.report({ message, severity: "warning" });
  const name = typeof values.name === "string" ? values.name : String(state.name);
  const kept = Object.entries(state).filter(([key]) => !Object.hasOwn(fieldsOf(kind), key));
  const texts = { name, description: values.description ?? "" };
  const expiresAt = expiryOf(parseSnapshotInputs(kind, values), String(state.createdAt));
  return { ...Object.fromEntries(kept), ...values, ...texts, ...expiresAt, desired: desiredOf(values, name) };
}

/** The create looks for its marker first, so finishing is creating; the id in the state stays the same. */
async function finishCreate(kind: SnapshotKind, id: string, values: Values, context: Context): Promise<Values> {
  try {
    return (await createSnapshot(kind, values, context)).outputs;
  } catch (error) {
    if (error instanceof PartialStateError)
      throw new PartialStateError(id, error.outputs, error.reasons, { cause: error });
    // Still no snapshot: the state must keep saying so, or the next run would consider the resource complete.
    const { message } = asSnapstateError(error, "finish the create");
    if (isSnapstateError(error)) throw new PartialStateError(id, values, [message], { cause: error });
    throw error;
  }
}

function notEdited(platformId: string, operation: string): SnapstateError {
  return new SnapstateError({
    kind: "protocol",
    operation,
    detail: `the platform accepted the change of ${platformId}, but still shows the old values`,
    hint: "Run again. The state is unchanged",
  });
}

function removedByHand(platformId: string, operation: string): SnapstateError {
  return new SnapstateError({
    kind: "not-found",
    operation,
    detail: `${platformId} is no longer on the platform: it was removed outside this program`,
    remedy: { action: "refresh-and-apply" },
  });
}
