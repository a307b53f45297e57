import { isDeepStrictEqual } from "node:util";
import type { Plan, Values } from "../../resources";
import { plannedOutputs } from "../../resources/shared/plan";
import { splitLookups } from "../../schema/lookups";
import { UNKNOWN } from "../../schema/unknown";
import type { TfResource } from "./catalog";
import type { Attribute } from "./types";
import { again, type TfObject, toTf } from "./values";

/** The attributes that a program may set. */
export function inputsOf({ attributes }: TfResource): Attribute[] {
  return attributes.filter(({ mode }) => mode !== "computed");
}

/** The plan's action in Terraform's terms: an input that is merely written differently is an update too. */
export function actionOf(
  resource: TfResource,
  plan: Plan,
  config: TfObject,
  prior: TfObject | undefined,
): Plan["action"] {
  if (plan.action !== "none" || prior === undefined) return plan.action;
  const differs = inputsOf(resource).some(
    ({ name }) => isGiven(config[name]) && !isDeepStrictEqual(config[name], prior[name] ?? null),
  );
  return differs ? "update" : "none";
}

/**
 * The planned state as Terraform requires it: configured values unchanged, known values as planned, the rest unknown.
 * The engine rejects a result that differs from it.
 */
export function plannedState(
  resource: TfResource,
  plan: Plan,
  action: Plan["action"],
  config: TfObject,
  prior: TfObject | undefined,
  state: Values | undefined,
): TfObject {
  if (action === "none" && prior !== undefined) return again(prior) as TfObject;
  const changed = plan.changes.map(({ property }) => property);
  const planned =
    action === plan.action ? plan : plannedOutputs(resource.lifecycle, action, state, plan.inputs, changed);
  const known = splitLookups(planned.known);
  const stays = action === "update" ? prior : undefined;
  return Object.fromEntries(
    resource.attributes.map(({ name, key, type, mode }) => {
      if (mode !== "computed" && isGiven(config[name])) return [name, again(config[name])];
      // What is not computed is only what the configuration says.
      if (mode === "optional" || mode === "required") return [name, null];
      if (key === "id") return [name, stays ? again(stays.id) : toTf(type, UNKNOWN)];
      if (Object.hasOwn(known, key)) return [name, toTf(type, known[key])];
      return [name, mode.endsWith("computed") ? toTf(type, UNKNOWN) : null];
    }),
  );
}

/** The resulting state. Configured values are returned as configured, since the engine compares them. */
export function resultState(resource: TfResource, id: string, values: Values, config: TfObject | undefined): TfObject {
  const split = splitLookups(values);
  return Object.fromEntries(
    resource.attributes.map(({ name, key, type, mode }) => {
      if (key === "id") return [name, id];
      if (mode !== "computed" && config !== undefined && isGiven(config[name])) return [name, again(config[name])];
      const value = split[key];
      return [name, toTf(type, value === UNKNOWN ? undefined : value)];
    }),
  );
}

function isGiven(value: unknown): boolean {
  return value !== null && value !== undefined;
}
