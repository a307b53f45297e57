import { randomUUID } from "node:crypto";
import { type Asked, type Begun, known, text, volumeOf } from "./changes";
import { badField, missing, wrongState } from "./refusal";
import type { EnvironmentState, SimulatedInstance, SimulatedTemplate, SimulatedVolume } from "./state";
import type { Tasks } from "./tasks";

/** Templates and data volumes made from snapshots, and operations on volumes. */
export function copyChange(state: EnvironmentState, tasks: Tasks, asked: Asked & { id: string }): Begun {
  const { entity, id, operation, body } = asked;
  if (entity === "snapshots") return make(state, tasks, asked);
  if (entity === "templates") {
    if (!state.templates.has(id)) throw missing("template", id);
    return { task: tasks.start({ end: () => void state.templates.delete(id) }) };
  }
  const volume = volumeOf(state, id);
  if (operation === undefined) {
    if (volume.instanceId !== undefined) throw badField("The volume is attached to an instance.");
    return { task: tasks.start({ end: () => void state.volumes.delete(id) }) };
  }
  if (operation === "detachFromInstance") {
    known(body);
    refuseWithPoints(state, volume.instanceId);
    return { task: tasks.start({ end: () => attach(volume, undefined) }) };
  }
  const { instanceId } = known(body, "instanceId");
  const instance = instanceOf(state, text(instanceId, "instanceId"));
  if (volume.instanceId !== undefined) throw badField("The volume is attached to an instance.");
  refuseWithPoints(state, instance.id);
  return { task: tasks.start({ end: () => attach(volume, instance) }) };
}

function make(state: EnvironmentState, tasks: Tasks, { id, operation, body }: Asked & { id: string }): Begun {
  const snapshot = state.snapshots.get(id);
  if (snapshot === undefined) throw missing("snapshot", id);
  if (snapshot.state !== "BackedUp") throw wrongState(id, "snapshot", snapshot.state, "BackedUp");
  if (operation === "createTemplate") {
    const { name } = known(body, "name", "osTypeId", "passwordEnabled");
    const creationDate = new Date().toISOString();
    const template: SimulatedTemplate = { id: randomUUID(), name: text(name, "name"), state: "Creating", creationDate };
    state.templates.set(template.id, template);
    const end = () => Object.assign(template, { state: "Ready" });
    return { task: tasks.start({ end: () => ({ id: end().id }), undo: () => state.templates.delete(template.id) }) };
  }
  const { name, instanceId } = known(body, "name", "instanceId");
  const instance = instanceId === undefined ? undefined : instanceOf(state, text(instanceId, "instanceId"));
  refuseWithPoints(state, instance?.id);
  const volume = state.addVolume(text(name, "name"), "DATA");
  volume.state = "CREATING";
  const end = () => {
    volume.state = "READY";
    attach(volume, instance);
    return { id: volume.id };
  };
  return { task: tasks.start({ end, undo: () => state.volumes.delete(volume.id) }) };
}

function attach(volume: SimulatedVolume, instance: SimulatedInstance | undefined): void {
  if (instance === undefined) {
    delete volume.instanceId;
    delete volume.instanceName;
  } else Object.assign(volume, { instanceId: instance.id, instanceName: instance.name });
}

function instanceOf(state: EnvironmentState, id: string): SimulatedInstance {
  const instance = state.instances.get(id);
  if (instance === undefined) throw missing("instance", id);
  return instance;
}

/** With a recovery point the platform refuses to attach or detach volumes. */
function refuseWithPoints(state: EnvironmentState, instanceId: string | undefined): void {
  if (instanceId === undefined || state.pointsOf(instanceId).length === 0) return;
  throw badField("Volumes cannot be attached or detached while the instance has recovery points.");
}
