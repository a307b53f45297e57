import { randomUUID } from "node:crypto";
import { copyChange } from "./copies";
import { badField, missing, Refusal, wrongState } from "./refusal";
import type { EnvironmentState, SimulatedPoint, SimulatedSnapshot, SimulatedTask, SimulatedVolume } from "./state";
import type { Tasks } from "./tasks";

export interface Asked {
  method: string;
  entity: string;
  id: string | undefined;
  operation: string | undefined;
  body: Record<string, unknown>;
}

interface Limits {
  maxRecoveryPoints: number;
}

export interface Begun {
  task: SimulatedTask;
  data?: object;
}

/** Starts the requested operation, or refuses it. */
export function changeOf(state: EnvironmentState, tasks: Tasks, limits: Limits, asked: Asked): Begun {
  const { method, entity, id, operation, body } = asked;
  const what = `${method} ${entity}${id === undefined ? "" : "/:id"}${operation === undefined ? "" : ` ${operation}`}`;
  switch (what) {
    case "POST snapshots create": {
      const { volumeId, ...options } = known(body, "volumeId", "name", "rapid");
      return createSnapshot(state, tasks, volumeOf(state, text(volumeId, "volumeId")), options);
    }
    case "POST volumes/:id createSnapshotFromVolume": {
      const { snapshot } = known(body, "snapshot");
      return createSnapshot(
        state,
        tasks,
        volumeOf(state, id ?? ""),
        known(object(snapshot, "snapshot"), "name", "rapid"),
      );
    }
    case "DELETE snapshots/:id":
      return deleteSnapshot(state, tasks, id ?? "");
    case "POST instances/:id createRecoveryPoint": {
      const { recoveryPoint } = known(body, "recoveryPoint");
      return createPoint(state, tasks, limits, id ?? "", object(recoveryPoint, "recoveryPoint"));
    }
    case "DELETE recoverypoints/:id":
      return deletePoint(state, tasks, id ?? "");
    case "POST recoverypoints/:id revert":
      return revert(state, tasks, id ?? "");
    case "POST snapshots/:id createTemplate":
    case "POST snapshots/:id createVolume":
    case "POST volumes/:id attachToInstance":
    case "POST volumes/:id detachFromInstance":
    case "DELETE volumes/:id":
    case "DELETE templates/:id":
      return copyChange(state, tasks, { ...asked, id: id ?? "" });
    default:
      throw new Refusal(405, 1005, `${what} is not an operation.`);
  }
}

function createSnapshot(
  state: EnvironmentState,
  tasks: Tasks,
  volume: SimulatedVolume,
  { name, rapid }: Record<string, unknown>,
): Begun {
  if (rapid !== undefined && typeof rapid !== "boolean") throw badField("rapid must be a boolean.");
  if (volume.state !== "READY") throw wrongState(volume.id, "volume", volume.state, "READY");
  const given = name === undefined ? undefined : text(name, "name");
  const stored = given ?? `${volume.instanceName ?? "detached"}_${volume.name}_${Date.now()}`;
  if (stored.length > 255) throw badField("name must have at most 255 characters.");
  if (state.snapshotsOf(volume.id).some((other) => other.name === stored)) throw badField("name must be unique.");
  const snapshot: SimulatedSnapshot = {
    id: randomUUID(),
    name: stored,
    state: "Creating",
    intervalType: "MANUAL",
    volumeId: volume.id,
    volume: volume.name,
    volumeType: volume.type,
    creationDate: new Date().toISOString(),
  };
  state.snapshots.set(snapshot.id, snapshot);
  const to = (next: SimulatedSnapshot["state"]) => {
    snapshot.state = next;
  };
  const task = tasks.start({
    ...(rapid ? {} : { half: () => to("BackingUp") }),
    end: () => {
      to("BackedUp");
      return { id: snapshot.id };
    },
    undo: () => to("Error"),
  });
  return { task, data: { id: snapshot.id } };
}

function deleteSnapshot(state: EnvironmentState, tasks: Tasks, id: string): Begun {
  const snapshot = state.snapshots.get(id);
  if (snapshot === undefined) throw missing("snapshot", id);
  if (snapshot.state !== "BackedUp" && snapshot.state !== "Error") {
    throw wrongState(id, "snapshot", snapshot.state, "BackedUp", "Error");
  }
  snapshot.state = "Destroying";
  const end = () => void state.snapshots.delete(id);
  return { task: tasks.start({ end, undo: () => Object.assign(snapshot, { state: "BackedUp" }) }) };
}

function createPoint(
  state: EnvironmentState,
  tasks: Tasks,
  { maxRecoveryPoints }: Limits,
  instanceId: string,
  body: Record<string, unknown>,
): Begun {
  const { name, description, memory } = known(body, "name", "description", "memory");
  const instance = state.instances.get(instanceId);
  if (instance === undefined) throw missing("instance", instanceId);
  if (instance.state !== "Running" && instance.state !== "Stopped") {
    throw wrongState(instanceId, "instance", instance.state, "Running", "Stopped");
  }
  const others = state.pointsOf(instanceId);
  const busy = others.find((point) => point.state !== "Ready");
  if (busy) throw wrongState(busy.id, "recovery point", busy.state, "Ready");
  if (others.length >= maxRecoveryPoints) {
    throw badField(`The limit of ${maxRecoveryPoints} recovery points is reached for this instance.`);
  }
  if (memory === true && instance.state !== "Running") throw badField("Memory can only be kept of a running instance.");
  const parent = others.find((point) => point.current);
  const point: SimulatedPoint = {
    id: randomUUID(),
    name: text(name, "name"),
    description: description === undefined ? "" : text(description, "description", 0),
    instanceId,
    ...(parent === undefined ? {} : { parentId: parent.id }),
    current: false,
    state: "Creating",
    type: memory === true ? "DiskAndMemory" : "Disk",
    creationDate: new Date().toISOString(),
  };
  state.recoveryPoints.set(point.id, point);
  const task = tasks.start({
    end: () => {
      makeCurrent(state, point);
      return { id: point.id };
    },
    undo: () => state.recoveryPoints.delete(point.id),
  });
  return { task };
}

function deletePoint(state: EnvironmentState, tasks: Tasks, id: string): Begun {
  const point = readyPoint(state, id);
  point.state = "Expunging";
  const end = () => {
    state.recoveryPoints.delete(id);
    for (const child of state.pointsOf(point.instanceId)) {
      if (child.parentId !== id) continue;
      if (point.parentId === undefined) delete child.parentId;
      else child.parentId = point.parentId;
    }
    const parent = state.recoveryPoints.get(point.parentId ?? "");
    if (point.current && parent) parent.current = true;
  };
  return { task: tasks.start({ end, undo: () => Object.assign(point, { state: "Ready" }) }) };
}

function revert(state: EnvironmentState, tasks: Tasks, id: string): Begun {
  const point = readyPoint(state, id);
  const instance = state.instances.get(point.instanceId);
  if (instance === undefined) throw missing("instance", point.instanceId);
  // CloudStack's rule: a snapshot with memory reverts a running VM, one of disks only a stopped one.
  const expected = point.type === "DiskAndMemory" ? "Running" : "Stopped";
  if (instance.state !== expected) throw wrongState(instance.id, "instance", instance.state, expected);
  point.state = "Reverting";
  const undo = () => Object.assign(point, { state: "Ready" });
  return { task: tasks.start({ end: () => makeCurrent(state, point), undo }) };
}

function makeCurrent(state: EnvironmentState, point: SimulatedPoint): void {
  for (const other of state.pointsOf(point.instanceId)) other.current = other === point;
  point.state = "Ready";
}

function readyPoint(state: EnvironmentState, id: string): SimulatedPoint {
  const point = state.recoveryPoints.get(id);
  if (point === undefined) throw missing("recovery point", id);
  const busy = state.pointsOf(point.instanceId).find((other) => other.state !== "Ready");
  if (busy) throw wrongState(busy.id, "recovery point", busy.state, "Ready");
  return point;
}

export function volumeOf(state: EnvironmentState, id: string): SimulatedVolume {
  const volume = state.volumes.get(id);
  if (volume === undefined) throw missing("volume", id);
  return volume;
}

export function known(body: Record<string, unknown>, ...names: string[]): Record<string, unknown> {
  const unknown = Object.keys(body).find((name) => !names.includes(name));
  if (unknown !== undefined) throw badField(`${unknown} is not a field of this request.`);
  return body;
}

function object(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null) throw badField(`${name} is required.`);
  return value as Record<string, unknown>;
}

export function text(value: unknown, name: string, least = 1): string {
  if (typeof value !== "string" || value.length < least) throw badField(`${name} is required.`);
  return value;
}
