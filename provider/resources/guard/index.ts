import type { Point, PointKind, Target, TargetState } from "../../hypervisors/contract";
import { fitName } from "../../hypervisors/text-limits";
import { type Duration, milliseconds } from "../core/durations";
import { checkFields } from "../core/fields";
import type { Context } from "../core/lifecycle";
import { dueAt, firstMarker, workMarker } from "../core/marker";
import { beginCall } from "../core/operation";
import { selectorOf, type TargetInput } from "../core/target-input";
import { tryAgainWhileBusy } from "../core/try-again";
import { findMarked, inspectSettled } from "../point/find";
import { createUnowned, type Place, removeKnown } from "../point/unowned";
import { restore } from "../restore";

/**
 * A snapshot around a change of some resource: taken before, dropped after a success, kept after a failure. There is one
 * for a resource and a target at a time. It belongs to no stack's state, so its marker says all there is to know.
 */
export interface GuardArgs {
  connection: string;
  target: TargetInput;
  kind: PointKind;
  consistency: "crash" | "filesystem" | "memory";
  /** URN of the resource that is changed. */
  owner: string;
  /** Its name, for people. */
  name: string;
  /** Keep the snapshot for so long after a success, instead of dropping it at once. */
  ttl?: Duration;
  timeouts?: { create?: Duration; read?: Duration; update?: Duration; delete?: Duration };
}

/** What a guard did, for the log. */
export interface GuardNews {
  targetName: string;
  pointId: string;
  message: string;
}

/**
 * Takes the snapshot. One that an earlier change has left, since it failed or its run was killed, is kept instead: it is
 * the last state that was known to be good. Snapshots of earlier successes whose time is over are removed.
 */
export async function openGuard(args: GuardArgs, context: Context): Promise<GuardNews> {
  const look = await locate(args, "create", context);
  const { hypervisor, target, state, marker, call, kept } = look;
  const { kind, connection, consistency, name, timeouts } = args;
  const about = { targetName: target.name };
  const left = findMarked(state, marker, call.doing);
  if (left) {
    const message = `snapshot ${left.name} (${left.id}) of ${left.createdAt} is still there from a change of ${name} that did not succeed; it stays the restore point`;
    return { ...about, pointId: left.id, message };
  }
  const described = hypervisor.supports(kind, "description").supported;
  const stamp = new Date(context.now?.() ?? Date.now()).toISOString().replace(/[-:]|\.\d+/g, "");
  const memory = consistency === "memory";
  const quiesce = consistency === "filesystem" ? "require" : "off";
  const given = {
    connection,
    target: { id: target.id },
    name: fitName(hypervisor.textLimits?.(kind).name, `before-${name.slice(0, 56)}`, `-${stamp}`, marker),
    ...(described ? { description: `Taken before a change of ${name}` } : {}),
    marker,
    timeouts,
    ...(kind === "snapshot" ? { memory, quiesce } : { consistency }),
  };
  const { outputs } = await createUnowned(kind, given, context);
  const now = context.now?.() ?? Date.now();
  for (const point of kept) {
    const due = dueAt(point.ownership, point.createdAt);
    if (due !== undefined && Date.parse(due) <= now) await removeKnown(kind, placeOf(args, look), point, context);
  }
  const pointId = String(outputs.platformId);
  return {
    ...about,
    pointId,
    message: `took snapshot ${String(outputs.name)} (${pointId}) before the change of ${name}`,
  };
}

/** After a success: drops the snapshot, or lets it live on for `ttl` under another marker, so that the next change takes its own. */
export async function closeGuard(args: GuardArgs, context: Context): Promise<GuardNews | undefined> {
  const look = await locate(args, "update", context);
  const { hypervisor, target, state, marker, call } = look;
  const point = findMarked(state, marker, call.doing);
  if (point === undefined) return undefined;
  const about = { targetName: target.name, pointId: point.id };
  if (args.ttl === undefined) {
    await removeKnown(args.kind, placeOf(args, look), point, context);
    return { ...about, message: `dropped snapshot ${point.name} (${point.id}): the change of ${args.name} succeeded` };
  }
  // From its creation, as for every snapshot; the change itself takes but a part of it.
  const ttlSeconds = Math.ceil(milliseconds(args.ttl) / 1000);
  const text = { description: point.description, ownership: { marker: keptMarker(marker, point), ttlSeconds } };
  const ref = { targetId: target.id, pointId: point.id };
  await tryAgainWhileBusy(call, () => hypervisor.editPoint(args.kind, ref, { text }, call));
  return { ...about, message: `keeping snapshot ${point.name} (${point.id}) for ${args.ttl}` };
}

/** After a failure: reverts to the snapshot, which stays. @returns nothing when there is none */
export async function revertGuard(args: GuardArgs, context: Context): Promise<GuardNews | undefined> {
  const { target, state, marker, call } = await locate(args, "update", context);
  const point = findMarked(state, marker, call.doing);
  if (point === undefined) return undefined;
  const given = {
    connection: args.connection,
    target: { id: target.id },
    kind: args.kind,
    snapshot: point.id,
    // Each failure is another one.
    triggers: [new Date(context.now?.() ?? Date.now()).toISOString()],
    safetySnapshot: false,
    confirm: target.name,
    timeouts: args.timeouts,
    marker: workMarker(marker, "revert"),
  };
  const { id, outputs } = await restore.create(checkFields(restore.fields, given).inputs, context);
  // No resource holds this revert, so its note on the snapshot has done its duty.
  await restore.delete(id, outputs, context);
  const message = `reverted VM ${target.name} to ${point.name} (${point.id}): the change of ${args.name} failed`;
  return { targetName: target.name, pointId: point.id, message };
}

interface Look {
  hypervisor: ReturnType<Context["hypervisor"]>;
  installation: string;
  target: Target;
  state: TargetState;
  marker: string;
  call: ReturnType<typeof beginCall>;
  /** What earlier successes have left for a time. */
  kept: Point[];
}

async function locate(args: GuardArgs, operation: "create" | "update", context: Context): Promise<Look> {
  const hypervisor = context.hypervisor(args.connection);
  const call = beginCall(operation, args.timeouts, `guard the change of ${args.name}`, context);
  const installation = await hypervisor.installation(call);
  const target = await hypervisor.findTarget(args.kind, selectorOf(args.target), call);
  const state = await inspectSettled(hypervisor, args.kind, target.id, call);
  const marker = workMarker(firstMarker(args.owner), "guard");
  const kept = state.points.filter((point) => point.ownership?.marker === keptMarker(marker, point));
  return { hypervisor, installation, target, state, marker, call, kept };
}

function keptMarker(marker: string, point: Point): string {
  return workMarker(marker, "kept", point.id);
}

function placeOf({ connection, timeouts }: GuardArgs, { installation, target }: Look): Place {
  return { connection, installation, targetId: target.id, targetName: target.name, timeouts };
}
