import { isSnapstateError } from "../../errors";
import type { Hypervisor, Point, PointKind, TargetState } from "../../hypervisors/contract";
import type { Ownership } from "../../hypervisors/ownership";
import type { Call } from "../../waiting";
import { checkFields } from "../core/fields";
import { parseId, pendingMarker, printId, type ResourceId } from "../core/ids";
import type { Context, ReadResult, Values } from "../core/lifecycle";
import { beginCall, sameInstallation } from "../core/operation";
import { describeTarget, selectorOf } from "../core/target-input";
import { fieldsOf } from "./fields";
import { findMarked, findNamed } from "./find";
import { type PointState, pointInputs, pointState } from "./inputs";
import { desiredOf, pointOutputs } from "./outputs";
import { removeRemnants } from "./remnants";

/**
 * Reads the point as the platform has it. Undefined only when the platform positively says that the VM, or the snapshot
 * among the VM's snapshots, does not exist; whatever is less than that is an error and leaves the state as it is.
 */
export async function readPoint(
  kind: PointKind,
  id: string,
  state: Values,
  context: Context,
): Promise<ReadResult | undefined> {
  const parsed = parseId(id);
  const known = pointState(state);
  const connection = typeof state.connection === "string" ? state.connection : parsed.connection;
  const hypervisor = context.hypervisor(connection);
  const call = beginCall("read", pointInputs(kind, state).timeouts, `read ${describe(id, known, state)}`, context);
  const installation = await sameInstallation(hypervisor, known.installation, call);
  const found = await locate(kind, parsed, known, hypervisor, call);
  if (found === undefined) {
    const outputs = await consumed(kind, known, state, hypervisor, call);
    return outputs && { id, outputs, inputs: inputsOf(kind, state) };
  }
  if (found === "pending") return { id, outputs: state, inputs: inputsOf(kind, state) };

  const { point, target } = found;
  if (known.platformId === undefined && context.owner !== undefined) context.memory.noteImported(context.owner);
  if (await clearAbandoned(kind, found, { state, parsed, known }, hypervisor, call)) return undefined;
  const values = known.platformId === undefined ? imported(kind, parsed, state, found) : inputsOf(kind, state);
  const desired = known.desired ?? desiredOf(values, point.name);
  const whole = { kind, hypervisor, installation, state: target, point, now: context.now?.() ?? Date.now() };
  const outputs = pointOutputs(values, whole, desired);
  return {
    id: printId({ connection, target: target.target.id, point: point.id }),
    outputs,
    inputs: asWritten(values, outputs),
  };
}

/**
 * A snapshot of this very resource on which the platform has given up, such as after a removal that failed: nothing can be done with it
 * but to remove it, and on some platforms it is in the way of all others. @returns whether it is gone
 */
async function clearAbandoned(
  kind: PointKind,
  { point, target }: Found,
  { state, parsed, known }: { state: Values; parsed: ResourceId; known: PointState },
  hypervisor: Hypervisor,
  call: Call,
): Promise<boolean> {
  const marker = pendingMarker(parsed) ?? state.marker;
  if (!point.abandoned || known.targetId === undefined || state.hold === true) return false;
  if (marker === undefined || point.ownership?.marker !== marker) return false;
  return removeRemnants(hypervisor, kind, target.target.id, [point], call);
}

/** The state of a point that a revert used up. Undefined for one that is gone for another reason. */
async function consumed(
  kind: PointKind,
  { targetId, platformId, consumedAt }: PointState,
  state: Values,
  hypervisor: Hypervisor,
  call: Call,
): Promise<Values | undefined> {
  if (consumedAt !== undefined) return state;
  if (targetId === undefined || platformId === undefined) return undefined;
  try {
    const at = await hypervisor.consumedAt?.(kind, { targetId, pointId: platformId }, call);
    return at === undefined ? undefined : { ...state, isCurrent: false, consumedAt: at };
  } catch (error) {
    // The target itself is gone.
    if (isSnapstateError(error, "not-found")) return undefined;
    throw error;
  }
}

type Found = { point: Point; target: TargetState };

async function locate(
  kind: PointKind,
  id: ResourceId,
  known: PointState,
  hypervisor: Hypervisor,
  call: Call,
): Promise<Found | "pending" | undefined> {
  const byHand = known.targetId === undefined;
  try {
    const targetId = known.targetId ?? (await hypervisor.findTarget(kind, selectorOf(id.target), call)).id;
    const marker = known.platformId === undefined ? pendingMarker(id) : undefined;
    if (marker !== undefined) {
      const target = await hypervisor.inspect(kind, targetId, call);
      const point = findMarked(target, marker, call.doing);
      // A task that is still running may be the create: nobody can say yet that its snapshot does not exist.
      if (point === undefined && target.runningTasks.length > 0) return "pending";
      // What a failed create has left, and cannot be cleared now, is for the next run.
      if (point?.failed !== undefined && !point.abandoned) return "pending";
      return point && { point, target };
    }
    const target = await hypervisor.inspect(kind, targetId, call, { freshness: "recent" });
    const wanted = known.platformId ?? id.point;
    const point =
      target.points.find((candidate) => candidate.id === wanted) ??
      (byHand ? findNamed(target, wanted, call.doing) : undefined);
    return point && { point, target };
  } catch (error) {
    if (isSnapstateError(error, "not-found")) return undefined;
    throw error;
  }
}

/** The inputs of a resource that comes from an id alone: what the platform has, and defaults for the rest. */
function imported(kind: PointKind, id: ResourceId, state: Values, { point, target }: Found): Values {
  const given = inputsOf(kind, state);
  const { description, ownership } = point;
  const consistency =
    kind === "recovery-point"
      ? { consistency: point.consistency === "unknown" ? "crash" : point.consistency }
      : { memory: point.consistency === "memory", quiesce: point.consistency === "filesystem" ? "require" : "off" };
  const facts = {
    connection: id.connection,
    target: target.target.path ?? target.target.id,
    name: point.name,
    ...(description === "" ? {} : { description }),
    ...(ownership === undefined ? {} : ownedInputs(ownership)),
    ...consistency,
  };
  return checkFields(fieldsOf(kind), { ...facts, ...given }).inputs;
}

function ownedInputs({ marker, expires, ttlSeconds, hold }: Ownership): Values {
  const expiry =
    expires !== undefined ? { expiresAt: expires } : ttlSeconds !== undefined ? { ttl: `${ttlSeconds}s` } : {};
  return { marker, ...expiry, ...(hold ? { hold } : {}) };
}

/** The inputs with what the platform has now where the program states something, so that a refresh shows it as drift. */
function asWritten(values: Values, outputs: Values): Values {
  const inputs = { ...values };
  if (inputs.name !== undefined) inputs.name = outputs.name;
  if (inputs.description !== undefined) inputs.description = outputs.description;
  return inputs;
}

/** The inputs among a state's values. The state always has a name and a description; the program may have stated neither. */
function inputsOf(kind: PointKind, state: Values): Values {
  const { desired } = pointState(state);
  const inputs: Values = {};
  for (const key of Object.keys(fieldsOf(kind))) {
    if (state[key] !== undefined) inputs[key] = state[key];
  }
  if (desired && !desired.named) delete inputs.name;
  if (desired && desired.description === undefined) delete inputs.description;
  return inputs;
}

function describe(id: string, known: PointState, state: Values): string {
  if (known.targetName === undefined) return `snapshot ${id}`;
  return `${JSON.stringify(state.name ?? known.platformId ?? id)} of ${describeTarget(known.targetPath || known.targetName)}`;
}
