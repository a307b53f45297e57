import { SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { Consistency, PowerState, RunningTask, Snapshot } from "../contract-types";
import { decodeMarkedName, decodeText } from "../ownership";
import type { Entity } from "./client/api";
import { field } from "./environment";
import type { Profile } from "./profile";

/** Final states of a snapshot or recovery point, as the CloudStack below CloudMC names them. */
const DONE = /^(backedup|ready)$/i;
const FAILED = /^error$/i;
const ENDED = /^(error|destroyed|expunged|deleted)$/i;
const REMOVING = /^(destroying|deleting|expunging)$/i;

type Progress = "done" | "failed" | "under way";

export function progressOf(entity: Entity): Progress {
  const state = field(entity, "state");
  if (DONE.test(state)) return "done";
  return ENDED.test(state) ? "failed" : "under way";
}

/** Exists in a final state. A failed one blocks its name until it is removed, and is reported as unusable. */
function isAtRest(entity: Entity): boolean {
  return progressOf(entity) === "done" || FAILED.test(field(entity, "state"));
}

function failure(entity: Entity): { failed?: string } {
  return progressOf(entity) === "failed" ? { failed: field(entity, "state") } : {};
}

/** CloudMC lists no tasks of an entity, but its state shows whether one is running. */
export function runningTasks(entities: Entity[]): RunningTask[] {
  return entities
    .filter((entity) => progressOf(entity) === "under way")
    .map((entity) => {
      const state = field(entity, "state");
      const operation = REMOVING.test(state) ? "delete snapshot" : "create snapshot";
      return { id: `${field(entity, "id")} (${state})`, operation };
    });
}

/**
 * Volume snapshots are full copies without a tree. Omits those that are being created or removed.
 */
export function volumeSnapshots(snapshots: Entity[], profile: Profile): Snapshot[] {
  return snapshots.filter(isAtRest).map((entity) => ({
    id: field(entity, "id"),
    ...decodeMarkedName(field(entity, "name")),
    createdAt: time(entity, profile),
    isCurrent: false,
    depth: 1,
    consistency: "crash",
    powerState: "unknown",
    ...failure(entity),
  }));
}

/** @throws SnapstateError `protocol` for a parent that is not in the list: the tree would be a guess */
export function recoveryPoints(entities: Entity[], profile: Profile, call: OperationContext): Snapshot[] {
  const there = entities.filter(isAtRest);
  const byId = new Map(there.map((entity) => [field(entity, "id"), entity]));
  const depthOf = (entity: Entity, below = 0): number => {
    const parentId = field(entity, "parentId");
    if (parentId === "") return below + 1;
    const parent = byId.get(parentId);
    if (parent !== undefined && below <= byId.size) return depthOf(parent, below + 1);
    throw new SnapstateError({
      kind: "protocol",
      operation: call.operation,
      detail: `recovery point ${field(entity, "id")} has the parent ${parentId}, which is missing from the list`,
      hint: "Adjust the connection's profile to this CloudMC",
    });
  };
  const snapshots = there.map((entity): Snapshot => {
    const parentId = field(entity, "parentId");
    const consistency = consistencyOf(entity, profile);
    return {
      id: field(entity, "id"),
      name: field(entity, "name"),
      ...decodeText(field(entity, "description")),
      createdAt: time(entity, profile),
      ...(parentId === "" ? {} : { parentId }),
      isCurrent: entity.current === true,
      depth: depthOf(entity),
      consistency,
      powerState: consistency === "memory" ? "on" : "unknown",
      ...failure(entity),
    };
  });
  return snapshots.sort((a, b) => a.depth - b.depth);
}

export function powerState(state: string): PowerState {
  if (/^running$/i.test(state)) return "on";
  return /^stopped$/i.test(state) ? "off" : "unknown";
}

function consistencyOf(entity: Entity, { typeField, memoryType, diskType }: Profile): Consistency {
  const type = field(entity, typeField);
  if (type === memoryType) return "memory";
  return type === diskType ? "crash" : "unknown";
}

function time(entity: Entity, { snapshotCreatedField }: Profile): string {
  const at = Date.parse(field(entity, snapshotCreatedField));
  return Number.isNaN(at) ? "" : new Date(at).toISOString();
}
