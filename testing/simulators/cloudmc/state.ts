import { randomUUID } from "node:crypto";

export interface SimulatedInstance {
  id: string;
  name: string;
  state: "Running" | "Stopped" | "Starting" | "Stopping";
}

export interface SimulatedVolume {
  id: string;
  name: string;
  type: "OS" | "DATA";
  creationDate: string;
  instanceId?: string;
  instanceName?: string;
  state: "READY" | "CREATING" | "SNAPSHOTTING";
  sizeInGb: number;
}

/** A volume snapshot with the documented fields, and its time, which is undocumented. */
export interface SimulatedSnapshot {
  id: string;
  name: string;
  state: "Creating" | "BackingUp" | "BackedUp" | "Destroying" | "Error";
  intervalType: "MANUAL";
  volumeId: string;
  volume: string;
  volumeType: string;
  creationDate: string;
}

/** A recovery point. It is undocumented; the fields are those of CloudStack's VM snapshots. */
export interface SimulatedPoint {
  id: string;
  name: string;
  description: string;
  instanceId: string;
  parentId?: string;
  current: boolean;
  state: "Creating" | "Ready" | "Reverting" | "Expunging";
  type: "Disk" | "DiskAndMemory";
  creationDate: string;
}

/** A template. Templates made from snapshots are undocumented. */
export interface SimulatedTemplate {
  id: string;
  name: string;
  state: "Creating" | "Ready";
  creationDate: string;
}

export interface SimulatedTask {
  id: string;
  status: "PENDING" | "SUCCESS" | "FAILED";
  created: number;
  ended?: number;
  result?: unknown;
}

/** The content of an environment. */
export class EnvironmentState {
  readonly instances = new Map<string, SimulatedInstance>();
  readonly volumes = new Map<string, SimulatedVolume>();
  readonly snapshots = new Map<string, SimulatedSnapshot>();
  readonly recoveryPoints = new Map<string, SimulatedPoint>();
  readonly templates = new Map<string, SimulatedTemplate>();
  readonly tasks = new Map<string, SimulatedTask>();

  /** An instance with its root volume and the named data volumes. */
  addInstance(name: string, data: string[] = [], state: SimulatedInstance["state"] = "Running"): SimulatedInstance {
    const instance: SimulatedInstance = { id: randomUUID(), name, state };
    this.instances.set(instance.id, instance);
    this.addVolume(`ROOT-${name}`, "OS", instance);
    for (const volume of data) this.addVolume(volume, "DATA", instance);
    return instance;
  }

  addVolume(name: string, type: SimulatedVolume["type"], instance?: SimulatedInstance): SimulatedVolume {
    const volume: SimulatedVolume = {
      id: randomUUID(),
      name,
      type,
      creationDate: new Date().toISOString(),
      ...(instance === undefined ? {} : { instanceId: instance.id, instanceName: instance.name }),
      state: "READY",
      sizeInGb: 20,
    };
    this.volumes.set(volume.id, volume);
    return volume;
  }

  /** A snapshot taken in the control panel. */
  addSnapshot(volume: SimulatedVolume, name: string): SimulatedSnapshot {
    const snapshot: SimulatedSnapshot = {
      id: randomUUID(),
      name,
      state: "BackedUp",
      intervalType: "MANUAL",
      volumeId: volume.id,
      volume: volume.name,
      volumeType: volume.type,
      creationDate: new Date().toISOString(),
    };
    this.snapshots.set(snapshot.id, snapshot);
    return snapshot;
  }

  /** A recovery point taken in the control panel. */
  addPoint(instanceId: string, name: string): SimulatedPoint {
    const parent = this.pointsOf(instanceId).find((point) => point.current);
    for (const other of this.pointsOf(instanceId)) other.current = false;
    const point: SimulatedPoint = {
      id: randomUUID(),
      name,
      description: "",
      instanceId,
      ...(parent === undefined ? {} : { parentId: parent.id }),
      current: true,
      state: "Ready",
      type: "Disk",
      creationDate: new Date().toISOString(),
    };
    this.recoveryPoints.set(point.id, point);
    return point;
  }

  snapshotsOf(volumeId: string): SimulatedSnapshot[] {
    return [...this.snapshots.values()].filter((snapshot) => snapshot.volumeId === volumeId);
  }

  pointsOf(instanceId: string): SimulatedPoint[] {
    return [...this.recoveryPoints.values()].filter((point) => point.instanceId === instanceId);
  }
}
