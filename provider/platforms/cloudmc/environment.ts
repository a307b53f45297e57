import { CoalescedReader, type OperationContext } from "../../core/operation";
import type { CloudmcApi, Entity } from "./client/api";
import type { Profile } from "./profile";

/** The properties of a volume that snapshots need. */
export interface Volume {
  id: string;
  name: string;
  /** The instance it is attached to. */
  instanceId?: string;
  instanceName?: string;
  /** The root volume of its instance. */
  isRoot: boolean;
  state: string;
}

export interface Instance {
  id: string;
  name: string;
  state: string;
}

/** The volume snapshots and volumes of an environment, read at the same time. */
export interface VolumesRead {
  volumes: Volume[];
  instances: Instance[];
  snapshots: Entity[];
}

/** Reads the environment, shared by concurrent callers: a refresh of many costs as much as of one. */
export class Environment {
  readonly volumes: CoalescedReader<VolumesRead>;
  readonly instances: CoalescedReader<Instance[]>;

  constructor(
    private readonly api: CloudmcApi,
    private readonly profile: Profile,
  ) {
    this.instances = new CoalescedReader(async (call) => (await api.list("instances", {}, call)).map(toInstance));
    this.volumes = new CoalescedReader(async (call) => {
      const [volumes, instances, snapshots] = await Promise.all([
        api.list("volumes", {}, call),
        this.instances.fresh(call),
        api.list("snapshots", {}, call),
      ]);
      return { volumes: volumes.map(toVolume), instances, snapshots };
    });
  }

  /** An instance's recovery points; no list of all of them is documented. */
  recoveryPoints(instanceId: string, call: OperationContext): Promise<Entity[]> {
    const { recoveryPointEntity, recoveryPointFilter } = this.profile;
    return this.api.list(recoveryPointEntity, { [recoveryPointFilter]: instanceId }, call);
  }

  changed(): void {
    this.volumes.changed();
    this.instances.changed();
  }
}

/** A field as text; empty if missing. */
export function field(entity: Entity, name: string): string {
  const value = entity[name];
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function toInstance(entity: Entity): Instance {
  return { id: field(entity, "id"), name: field(entity, "name"), state: field(entity, "state") };
}

function toVolume(entity: Entity): Volume {
  const instanceId = field(entity, "instanceId");
  const instanceName = field(entity, "instanceName");
  return {
    id: field(entity, "id"),
    name: field(entity, "name"),
    state: field(entity, "state"),
    isRoot: field(entity, "type").toLowerCase() === "os",
    ...(instanceId === "" ? {} : { instanceId }),
    ...(instanceName === "" ? {} : { instanceName }),
  };
}
