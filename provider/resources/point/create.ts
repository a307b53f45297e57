import { asSnapstateError, isSnapstateError, SnapstateError } from "../../errors";
import type { CreatedPoint, Hypervisor, Point, PointKind, Target, TargetState } from "../../hypervisors/contract";
import { fitName } from "../../hypervisors/text-limits";
import { backoff, type Call, pause as pauseFor, throwIfOver } from "../../waiting";
import { mayStillBeRunning } from "../core/change";
import { milliseconds } from "../core/durations";
import { findTarget } from "../core/find-target";
import { printId, printPendingId } from "../core/ids";
import { type Context, type Created, PartialStateError, type Values } from "../core/lifecycle";
import { beginCall } from "../core/operation";
import { throwRefusals } from "../core/preflight";
import { describeTarget } from "../core/target-input";
import { tryAgainWhileBusy } from "../core/try-again";
import { adoptable } from "./adopt";
import { align } from "./align";
import { findMarked, inspectSettled, pointKey } from "./find";
import { guardCreate } from "./guards";
import { type PointInputs, pointInputs } from "./inputs";
import { notesOf } from "./notes";
import { desiredOf, notObtained, pointOutputs, satisfies } from "./outputs";
import { remnantsOf, removeRemnants } from "./remnants";

const label = { snapshot: "snapshot", "recovery-point": "recovery point" } as const;

const NOT_A_BACKUP =
  "A snapshot is not a backup: most platforms keep it on the storage of the VM it belongs to, and it is lost with that. Keep backups as well.";

/** Takes the point, or finds the one that an interrupted run has taken already: after it there is exactly one. */
export async function createPoint(kind: PointKind, values: Values, context: Context): Promise<Created> {
  const inputs = pointInputs(kind, values);
  const hypervisor = context.hypervisor(inputs.connection);
  const named = inputs.name === undefined ? "" : ` ${JSON.stringify(inputs.name)}`;
  const doing = `create ${label[kind]}${named} of ${describeTarget(inputs.target)}`;
  const call = beginCall("create", inputs.timeouts, doing, context);
  const installation = await hypervisor.installation(call);
  const known = context.memory.knownTarget(context.owner ?? inputs.owner, [values.connection, values.target]);
  const target = await findTarget(hypervisor, kind, inputs.target, known, call);
  return context.memory.exclusively(`${installation}/${target.id}`, () =>
    bringAbout({ kind, values, inputs, hypervisor, installation, target, call, context }),
  );
}

interface Creation {
  kind: PointKind;
  values: Values;
  inputs: PointInputs;
  hypervisor: Hypervisor;
  installation: string;
  target: Target;
  call: Call;
  context: Context;
}

async function bringAbout(creation: Creation): Promise<Created> {
  const { kind, values, inputs, hypervisor, installation, target, call, context } = creation;
  const before = await inspectCleared(creation, true);
  const found = usable(findMarked(before, inputs.marker, call.doing));
  if (found) {
    const message = `reused snapshot ${JSON.stringify(found.name)} (${found.id}) of ${found.createdAt || "an unknown time"}, which carries this resource's marker: an earlier run has taken it, or the state was lost`;
    call.report({ message, severity: "warning" });
    const owner = context.owner ?? inputs.owner;
    if (owner !== undefined) context.memory.noteTakenOver(owner, pointKey(installation, target.id, found.id));
  }
  const adopted = found ?? adoptable(inputs, before, call.doing);
  if (adopted && !found) call.report({ message: `adopting the existing ${adopted.id}` });

  let pointId = adopted?.id;
  let seen: TargetState | undefined;
  const name = inputs.name ?? adopted?.name ?? generatedName(creation);
  if (pointId === undefined) {
    const findings = guardCreate(inputs, before, hypervisor.maxPoints(kind));
    throwRefusals(findings, call.doing);
    for (const { message } of findings) {
      if (context.memory.once(`${inputs.marker} ${message}`)) call.report({ message, severity: "warning" });
    }
    if (context.memory.once(NOT_A_BACKUP)) call.report({ message: NOT_A_BACKUP, severity: "warning" });
    ({ pointId, state: seen } = await take(creation, name));
  }

  try {
    const desired = desiredOf(values, name);
    const notes = notesOf(kind, inputs, hypervisor);
    if (adopted) await align(hypervisor, kind, target.id, adopted, { ...desired, marker: inputs.marker, notes }, call);
    const state = seen ?? (await hypervisor.inspect(kind, target.id, call));
    const point = state.points.find((candidate) => candidate.id === pointId);
    if (point === undefined) throw vanished(pointId, call);
    if (!satisfies(inputs, point.consistency)) await refuse(creation, point);
    const outputs = pointOutputs(values, { kind, hypervisor, installation, state, point, now: now(context) }, desired);
    // What else there is to know of it was said before it was taken.
    for (const message of notObtained(inputs, point)) call.report({ message, severity: "warning" });
    return { id: printId({ connection: inputs.connection, target: target.id, point: pointId }), outputs };
  } catch (error) {
    // The snapshot exists: without a partial state the next run could only find it by its marker, and a destroy not at all.
    if (isSnapstateError(error, "consistency", "not-found")) throw error;
    throw partial(creation, error, pointId);
  }
}

/** Reads the target when nothing is running on it, and after what failed creates have left was removed. */
async function inspectCleared({ kind, inputs, hypervisor, target, call }: Creation, readiness = false) {
  const state = await inspectSettled(hypervisor, kind, target.id, call, { readiness });
  const remnants = remnantsOf(state, inputs.marker);
  const removed = await removeRemnants(hypervisor, kind, target.id, remnants, call);
  return removed ? inspectSettled(hypervisor, kind, target.id, call, { readiness }) : state;
}

/** The remnant of a failed create is no snapshot, also where it could not be removed. */
function usable(point: Point | undefined | ""): Point | undefined {
  return point && point.failed === undefined ? point : undefined;
}

/** Sends the create once; when its outcome is unknown, looks until it is known. */
async function take(creation: Creation, name: string): Promise<CreatedPoint> {
  const { kind, inputs, hypervisor, target, call } = creation;
  const spec = {
    name,
    description: inputs.description ?? "",
    ownership: { marker: inputs.marker, ...notesOf(kind, inputs, hypervisor) },
    memory: inputs.memory,
    ...(inputs.quiesce !== "off" && !inputs.memory
      ? { quiesce: { timeoutMinutes: Math.round(milliseconds(inputs.quiesceTimeout) / 60_000) } }
      : {}),
  };
  for (let sent = 1; ; sent++) {
    try {
      const create = () => hypervisor.createPoint(kind, target.id, spec, call);
      return await tryAgainWhileBusy(call, create);
    } catch (error) {
      if (mayStillBeRunning(error)) throw partial(creation, error);
      if (!isSnapstateError(error, "lost-reply")) throw await withoutRemnants(creation, error);
      call.report({ message: `the reply was lost (${error.answered ?? "no answer"}); looking for the snapshot` });
      const point = await lookAfterLostReply(creation, error);
      if (point) return { pointId: point.id };
      // Proven absent, twice: the request was never carried out. Only then, and only once, it is sent again.
      if (sent === 2) throw error;
    }
  }
}

/** Kinds of a failure after which nothing was begun, or nothing can be asked. */
const NOTHING_BEGUN = [
  "busy",
  "throttled",
  "auth",
  "permission",
  "unreachable",
  "bad-input",
  "not-found",
  "cancelled",
] as const;

/** What a create that failed has left would be in the way of the next, and no state would know it: it is removed at once. */
async function withoutRemnants(creation: Creation, failure: unknown): Promise<unknown> {
  if (!isSnapstateError(failure) || NOTHING_BEGUN.some((kind) => kind === failure.kind)) return failure;
  const { kind, inputs, hypervisor, target, call } = creation;
  try {
    const left = remnantsOf(await hypervisor.inspect(kind, target.id, call), inputs.marker);
    if (left.length === 0) return failure;
    await removeRemnants(hypervisor, kind, target.id, left, call);
    const stays = remnantsOf(await hypervisor.inspect(kind, target.id, call), inputs.marker);
    return stays.length === 0 ? failure : partial(creation, failure);
  } catch (error) {
    return partial(creation, error, undefined, failure);
  }
}

/** Looks twice with a pause: a server may still be reading a request whose connection broke. */
async function lookAfterLostReply(creation: Creation, lost: SnapstateError): Promise<Point | undefined> {
  const { inputs, call } = creation;
  for (let look = 1; look <= 2; look++) {
    await pauseFor(backoff(look, { first: 1000 }), call);
    try {
      throwIfOver(call);
      const point = usable(findMarked(await inspectCleared(creation), inputs.marker, call.doing));
      if (point) return point;
    } catch (error) {
      throw partial(creation, error, undefined, lost);
    }
  }
  return undefined;
}

/** Less was obtained than required: what was made is removed again, and the create fails. */
async function refuse(creation: Creation, point: Point): Promise<never> {
  const { kind, inputs, hypervisor, target, call } = creation;
  const asked = inputs.memory ? "memory" : "filesystem";
  const failure = new SnapstateError({
    kind: "consistency",
    doing: call.doing,
    answered: `asked for ${asked} consistency and obtained ${point.consistency}; ${point.id} was removed again`,
    hint: inputs.memory
      ? "A VM that is powered off has no memory to keep"
      : "Check that the guest's tools are running and can quiesce it, or use quiesce: prefer",
  });
  const options = { removeChildren: false, consolidate: true };
  const ref = { targetId: target.id, pointId: point.id };
  await tryAgainWhileBusy(call, () => hypervisor.removePoint(kind, ref, options, call));
  throw failure;
}

function partial(
  { values, inputs, hypervisor, installation, target }: Creation,
  cause: unknown,
  pointId?: string,
  before?: SnapstateError,
) {
  const { connection, marker } = inputs;
  const id = pointId
    ? printId({ connection, target: target.id, point: pointId })
    : printPendingId(connection, target.id, marker);
  const known = { platform: hypervisor.platform, installation, targetId: target.id, targetName: target.name };
  const outputs = { ...values, ...known, ...(pointId ? { platformId: pointId } : {}) };
  const reasons = [asSnapstateError(cause, "create").message, ...(before ? [before.message] : [])];
  return new PartialStateError(id, outputs, reasons as [string, ...string[]], { cause });
}

function vanished(pointId: string, call: Call): SnapstateError {
  return new SnapstateError({
    kind: "not-found",
    doing: call.doing,
    answered: `${pointId} was created and is no longer there: somebody removed it at once`,
    hint: "Run again to take another one",
  });
}

function generatedName({ kind, hypervisor, target, context, inputs: { marker } }: Creation): string {
  const time = new Date(now(context)).toISOString().replace(/[-:]|\.\d+/g, "");
  return fitName(hypervisor.textLimits?.(kind).name, target.name.slice(0, 60), `-${time}`, marker);
}

function now(context: Context): number {
  return context.now?.() ?? Date.now();
}
