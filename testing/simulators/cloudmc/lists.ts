import { badField, missing, Refusal } from "./refusal";
import type { EnvironmentState } from "./state";

/** The query parameters of each list, with the field that each filters by. `org_id` is accepted everywhere. */
const FILTERS: Record<string, Record<string, string>> = {
  instances: {},
  volumes: { type: "type", instance_id: "instanceId" },
  snapshots: { volume_id: "volumeId" },
  recoverypoints: { instance_id: "instanceId" },
  templates: {},
};

const SINGULAR: Record<string, string> = {
  instances: "instance",
  volumes: "volume",
  snapshots: "snapshot",
  recoverypoints: "recovery point",
  templates: "template",
};

export function collection(state: EnvironmentState, entity: string): Map<string, object> {
  if (entity === "instances") return state.instances;
  if (entity === "volumes") return state.volumes;
  if (entity === "snapshots") return state.snapshots;
  if (entity === "recoverypoints") return state.recoveryPoints;
  if (entity === "templates") return state.templates;
  throw new Refusal(404, 1004, `There is no entity type ${entity}.`);
}

export function listOf(state: EnvironmentState, entity: string, query: URLSearchParams): unknown {
  let found = [...collection(state, entity).values()] as Record<string, unknown>[];
  if (entity === "recoverypoints" && !query.has("instance_id")) throw badField("instance_id is required.");
  for (const [name, value] of query) {
    if (name === "org_id") continue;
    const field = FILTERS[entity]?.[name];
    if (field === undefined) throw badField(`${name} is not a parameter of ${entity}.`);
    found = found.filter((one) => String(one[field]).toLowerCase() === value.toLowerCase());
  }
  return { data: found, metadata: { recordCount: found.length } };
}

export function oneOf(state: EnvironmentState, entity: string, id: string): unknown {
  const one = collection(state, entity).get(id);
  if (one === undefined) throw missing(SINGULAR[entity] ?? entity, id);
  return { data: one };
}
