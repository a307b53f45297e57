import { isSnapstateError, SnapstateError } from "../../errors";
import type { Hypervisor, Point, PointKind } from "../../hypervisors/contract";
import type { Call } from "../../waiting";
import { type Change, changeOnce, done, NOT_DONE, REPEATABLE } from "../core/change";
import { parseId, pendingMarker } from "../core/ids";
import type { Context, Values } from "../core/lifecycle";
import { beginCall, sameInstallation } from "../core/operation";
import { tryAgainWhileBusy } from "../core/try-again";
import { findMarked, inspectSettled, pointKey } from "./find";
import { type PointInputs, type PointState, pointInputs, pointState } from "./inputs";

/** Removes the point, or lets go of it. A point or VM that is positively gone is a success. */
export async function deletePoint(kind: PointKind, id: string, state: Values, context: Context): Promise<void> {
  const inputs = pointInputs(kind, state);
  const known = pointState(state);
  const doing = `delete ${JSON.stringify(state.name ?? id)} of VM ${known.targetName ?? parseId(id).target}`;
  if (keptByReplacement(inputs, known, context)) return;
  if (inputs.hold) {
    throw new SnapstateError({
      kind: "held",
      doing,
      answered: "it is on hold",
      remedy: { action: "clear-hold", input: "hold" },
    });
  }
  const hypervisor = context.hypervisor(inputs.connection);
  const call = beginCall("delete", inputs.timeouts, doing, context);
  const installation = await sameInstallation(hypervisor, known.installation, call);
  const removal = { kind, id, state, inputs, hypervisor, call, targetId: known.targetId ?? parseId(id).target };
  await context.memory.exclusively(`${installation}/${removal.targetId}`, async () => {
    try {
      await (inputs.onDestroy === "retain" ? release(removal) : remove(removal));
    } catch (error) {
      // The driver throws it only on the platform's positive word, and gone is what was wanted.
      if (!isSnapstateError(error, "not-found")) throw error;
      call.report({ message: "it was gone already" });
    }
  });
  if (inputs.owner !== undefined) context.memory.forgetMarker(inputs.owner);
}

/**
 * A replacement that `--replace` or a taint forces looks to its create like the run after an interrupted one: it finds
 * the snapshot and takes it over. Removing it now would leave the state with a snapshot that is not there.
 */
function keptByReplacement(inputs: PointInputs, known: PointState, context: Context): boolean {
  const { installation = "", targetId = "", platformId } = known;
  const owner = context.owner ?? inputs.owner;
  if (owner === undefined || platformId === undefined) return false;
  if (!context.memory.wasTakenOver(owner, pointKey(installation, targetId, platformId))) return false;
  const message =
    `${platformId} stays, and no new snapshot was taken: a forced replacement cannot be told from the end of an interrupted ` +
    "create. To take a new one, change `triggers`";
  context.report({ message, severity: "warning" });
  return true;
}

interface Removal {
  kind: PointKind;
  id: string;
  state: Values;
  inputs: PointInputs;
  hypervisor: Hypervisor;
  call: Call;
  targetId: string;
}

async function remove(removal: Removal): Promise<void> {
  const { kind, inputs, hypervisor, call, targetId } = removal;
  // The id is enough: looking first would cost a call and prove nothing about the moment of the removal.
  const pointId = pointState(removal.state).platformId ?? (await pointOf(removal))?.id;
  if (pointId === undefined) return;
  const { removeChildren, consolidate } = inputs;
  const change: Change<void> = {
    send: () => hypervisor.removePoint(kind, { targetId, pointId }, { removeChildren, consolidate }, call),
    observe: async () => {
      const { points } = await inspectSettled(hypervisor, kind, targetId, call);
      return points.some((point) => point.id === pointId) ? NOT_DONE : done(undefined);
    },
    subject: "the snapshot",
    ...REPEATABLE,
  };
  await changeOnce(change, call);
}

/** Leaves the snapshot and takes the marker off it, so that a later create of the same resource takes a new one. */
async function release(removal: Removal): Promise<void> {
  const { kind, hypervisor, call, targetId } = removal;
  const point = await pointOf(removal);
  if (point === undefined) return;
  const { description, ownership } = point;
  if (ownership === undefined) return;
  if (!hypervisor.supports(kind, "describe").supported) {
    const message = `left ${point.id} on the platform with its marker, which ${hypervisor.platform} cannot take off; a resource of the same name will take it over`;
    return call.report({ message, severity: "warning" });
  }
  const edit = () => hypervisor.editPoint(kind, { targetId, pointId: point.id }, { text: { description } }, call);
  await tryAgainWhileBusy(call, edit);
  call.report({ message: `left ${point.id} on the platform, as onDestroy: retain asks`, severity: "warning" });
}

async function pointOf({ kind, id, state, hypervisor, call, targetId }: Removal): Promise<Point | undefined> {
  const target = await inspectSettled(hypervisor, kind, targetId, call);
  const { platformId } = pointState(state);
  const marker = pendingMarker(parseId(id)) ?? pointInputs(kind, state).marker;
  return platformId === undefined
    ? findMarked(target, marker, call.doing)
    : target.points.find((point) => point.id === platformId);
}
