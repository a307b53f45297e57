import { asSnapstateError, SnapstateError } from "../../errors";
import type { PointKind } from "../../hypervisors/contract";
import { diffFields } from "../core/fields";
import type { Context, DiffResult, Values } from "../core/lifecycle";
import { beginCall } from "../core/operation";
import { selectorOf } from "../core/target-input";
import { hasUnknown, UNKNOWN } from "../core/unknown";
import { fieldsOf } from "./fields";
import { pointInputs, pointState } from "./inputs";

/** Compares what the program wants with what the state says the platform has. */
export async function diffPoint(kind: PointKind, state: Values, news: Values, context: Context): Promise<DiffResult> {
  const { updates, replaces } = diffFields(fieldsOf(kind), comparable(state, news), news);
  const known = pointState(state);
  // An interrupted create is finished by update, whatever else changed, unless another point in time is wanted.
  if (known.platformId === undefined && updates.length === 0) updates.push("platformId");

  // An imported snapshot, or one whose marker line somebody removed: the update writes it.
  if (lacksMarker(kind, state, news, context) && updates.length === 0) updates.push("managed");

  const identity = replaces.filter((key) => ["target", "connection"].includes(key));
  if (identity.length > 0 && (await sameTarget(kind, state, news, context))) {
    updates.push(...identity);
    replaces.splice(0, replaces.length, ...replaces.filter((key) => !identity.includes(key)));
  }
  const owner = context.owner ?? (typeof news.owner === "string" ? news.owner : undefined);
  if (identity.length === 0 && owner !== undefined && known.targetId && known.installation) {
    const target = { id: known.targetId, installation: known.installation };
    context.memory.noteTarget(owner, [news.connection, news.target], target);
  }
  if (replaces.length > 0 && state.hold === true) throw held(state, replaces, news.hold === true);
  const deleteBeforeReplace = replaces.length > 0 && onlyOne(kind, news, context);
  return { updates, replaces, deleteBeforeReplace };
}

/**
 * The state's name and description are what the platform has. An input the program leaves out is compared with what it
 * last asked for, so that leaving it out puts nothing back, and no longer stating it is not a change by itself.
 */
function comparable(state: Values, news: Values): Values {
  const { desired } = pointState(state);
  const name = news.name === undefined && state.name === desired?.name ? undefined : state.name;
  const untouched = news.description === undefined && desired?.description === undefined;
  // Dropping a description from the program clears it; a text added by hand where none was ever stated stays.
  const empty = news.description === undefined && state.description === "";
  return { ...state, name, description: untouched || empty ? undefined : state.description };
}

/** Whether the new way of naming the VM reaches the VM in the state. Not knowing means another one, which replaces. */
async function sameTarget(kind: PointKind, state: Values, news: Values, context: Context): Promise<boolean> {
  const { installation, targetId } = pointState(state);
  if (targetId === undefined || hasUnknown(news.target) || news.connection === UNKNOWN) return false;
  const inputs = pointInputs(kind, news);
  const call = beginCall("read", inputs.timeouts, `compare target of ${String(state.name)}`, context);
  try {
    const hypervisor = context.hypervisor(inputs.connection);
    if ((await hypervisor.installation(call)) !== installation) return false;
    return (await hypervisor.findTarget(kind, selectorOf(inputs.target), call)).id === targetId;
  } catch (error) {
    call.report({ message: asSnapstateError(error, call.doing).message, severity: "warning" });
    return false;
  }
}

function lacksMarker(kind: PointKind, state: Values, news: Values, context: Context): boolean {
  const { platformId, managed, consumedAt } = pointState(state);
  if (context.memory.wasImported(context.owner)) return false;
  if (platformId === undefined || managed !== false || consumedAt !== undefined || news.marker === undefined)
    return false;
  if (typeof news.connection !== "string" || news.connection === UNKNOWN) return false;
  return context.hypervisor(news.connection).supports(kind, "describe").supported;
}

function onlyOne(kind: PointKind, news: Values, context: Context): boolean {
  if (typeof news.connection !== "string" || news.connection === UNKNOWN) return false;
  return context.hypervisor(news.connection).maxPoints(kind) === 1;
}

function held(state: Values, replaces: string[], still: boolean): SnapstateError {
  return new SnapstateError({
    kind: "held",
    doing: `replace ${String(state.name)} because of ${replaces.join(", ")}`,
    answered: "it is on hold",
    hint: still
      ? "Set hold to false in an update of its own, then make the change"
      : "The hold is lifted by an update of its own: run with hold: false first, then make the change",
  });
}
