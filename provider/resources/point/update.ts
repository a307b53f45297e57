import { asSnapstateError, isSnapstateError, SnapstateError } from "../../errors";
import type { PointKind } from "../../hypervisors/contract";
import type { Call } from "../../waiting";
import { parseId } from "../core/ids";
import { type Context, PartialStateError, type Values } from "../core/lifecycle";
import { beginCall, sameInstallation } from "../core/operation";
import { align, missingEdit } from "./align";
import { createPoint } from "./create";
import { fieldsOf } from "./fields";
import { pointInputs, pointState } from "./inputs";
import { notesOf } from "./notes";
import { desiredOf, pointOutputs } from "./outputs";

/** Edits in place, or finishes a create that was interrupted. @returns the whole state. */
export async function updatePoint(
  kind: PointKind,
  id: string,
  state: Values,
  news: Values,
  context: Context,
): Promise<Values> {
  const known = pointState(state);
  const values = { ...news, marker: news.marker ?? state.marker };
  if (known.platformId === undefined) return finishCreate(kind, id, values, context);

  const { platformId, targetId = parseId(id).target } = known;
  const inputs = pointInputs(kind, values);
  const hypervisor = context.hypervisor(inputs.connection);
  const call = beginCall("update", inputs.timeouts, `update ${String(state.name)} of VM ${known.targetName}`, context);
  const installation = await sameInstallation(hypervisor, known.installation, call);
  return context.memory.exclusively(`${installation}/${targetId}`, async () => {
    const before = await hypervisor.inspect(kind, targetId, call, { freshness: "recent" });
    const point = before.points.find((candidate) => candidate.id === platformId);
    if (point === undefined && known.consumedAt !== undefined) return recordOnly(kind, state, values, call);
    if (point === undefined) throw removedByHand(platformId, call.doing);

    const name = inputs.name ?? known.desired?.name ?? point.name;
    const cleared = inputs.description === undefined && known.desired?.description !== undefined;
    const description = inputs.description ?? (cleared ? "" : undefined);
    const notes = notesOf(kind, inputs, hypervisor);
    const desired = { name, description, marker: inputs.marker, notes };
    const changed = await align(hypervisor, kind, targetId, point, desired, call);
    const after = changed ? await hypervisor.inspect(kind, targetId, call) : before;
    const now = after.points.find((candidate) => candidate.id === platformId);
    if (now === undefined) throw removedByHand(platformId, call.doing);
    // Without this, what the platform did not do would be in the state as done, and no later run would do it.
    if (changed && missingEdit(hypervisor, kind, now, desired)) throw notEdited(platformId, call.doing);
    const whole = { kind, hypervisor, installation, state: after, point: now, now: context.now?.() ?? Date.now() };
    return pointOutputs(values, whole, desiredOf(values, name));
  });
}

/** There is nothing left to edit: what the program says now is recorded, and the record of the snapshot stays. */
function recordOnly(kind: PointKind, state: Values, values: Values, call: Call): Values {
  const message = `${String(state.platformId)} was used up by a revert at ${String(state.consumedAt)}: the change is only recorded. To take another one, change \`triggers\``;
  call.report({ message, severity: "warning" });
  const name = typeof values.name === "string" ? values.name : String(state.name);
  const kept = Object.entries(state).filter(([key]) => !Object.hasOwn(fieldsOf(kind), key));
  const texts = { name, description: values.description ?? "" };
  return { ...Object.fromEntries(kept), ...values, ...texts, desired: desiredOf(values, name) };
}

/** The create looks for its marker first, so finishing is creating; the id in the state stays what it is. */
async function finishCreate(kind: PointKind, id: string, values: Values, context: Context): Promise<Values> {
  try {
    return (await createPoint(kind, values, context)).outputs;
  } catch (error) {
    if (error instanceof PartialStateError)
      throw new PartialStateError(id, error.outputs, error.reasons, { cause: error });
    // Still nothing there: the state must go on saying so, or the next run would take the resource for complete.
    const { message } = asSnapstateError(error, "finish the create");
    if (isSnapstateError(error)) throw new PartialStateError(id, values, [message], { cause: error });
    throw error;
  }
}

function notEdited(platformId: string, doing: string): SnapstateError {
  return new SnapstateError({
    kind: "protocol",
    doing,
    answered: `the platform accepted the change of ${platformId}, and shows it as it was before`,
    hint: "Run again. The state was left as it is",
  });
}

function removedByHand(platformId: string, doing: string): SnapstateError {
  return new SnapstateError({
    kind: "not-found",
    doing,
    answered: `${platformId} is no longer on the platform: somebody removed it`,
    remedy: { action: "refresh-and-apply" },
  });
}
