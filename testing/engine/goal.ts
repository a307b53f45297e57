import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import type { CustomTimeouts, Properties } from "./types";
import { fromProgram } from "./values";

/** What a program wants of one resource. */
export interface Goal {
  type: string;
  name: string;
  custom: boolean;
  parent: string;
  inputs: Properties;
  dependencies: string[];
  propertyDependencies: Record<string, string[]>;
  /** `urn::id` of an explicit provider. */
  provider: string;
  version: string;
  protect?: boolean;
  retainOnDelete?: boolean;
  deletedWith: string;
  deleteBeforeReplace?: boolean;
  ignoreChanges: string[];
  replaceOnChanges: string[];
  additionalSecretOutputs: string[];
  aliases: string[];
  importId: string;
  customTimeouts?: CustomTimeouts;
}

export interface Place {
  project: string;
  stack: string;
}

/** `urn:pulumi:<stack>::<project>::<parent types$type>::<name>`. */
export function makeUrn({ project, stack }: Place, type: string, name: string, parent: string): string {
  const parentType = parent === "" ? "" : (parent.split("::")[2] ?? "");
  const prefix = parentType === "" || parentType === "pulumi:pulumi:Stack" ? "" : `${parentType}$`;
  return `urn:pulumi:${stack}::${project}::${prefix}${type}::${name}`;
}

export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

export function readGoal(request: RegisterResourceRequest, place: Place): Goal {
  const timeouts = request.getCustomtimeouts();
  const goal = { type: request.getType(), name: request.getName(), parent: request.getParent() };
  return {
    ...goal,
    custom: request.getCustom(),
    inputs: fromProgram(request.getObject()),
    dependencies: [...new Set(request.getDependenciesList())].sort(),
    propertyDependencies: propertyDependencies(request),
    provider: request.getProvider(),
    version: request.getVersion(),
    ...(request.hasProtect() ? { protect: request.getProtect() } : {}),
    ...(request.hasRetainondelete() ? { retainOnDelete: request.getRetainondelete() } : {}),
    deletedWith: request.getDeletedwith(),
    ...(request.getDeletebeforereplacedefined() ? { deleteBeforeReplace: request.getDeletebeforereplace() } : {}),
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    aliases: aliasUrns(request, place, goal),
    importId: request.getImportid(),
    ...(timeouts
      ? {
          customTimeouts: {
            create: seconds(timeouts.getCreate()),
            update: seconds(timeouts.getUpdate()),
            delete: seconds(timeouts.getDelete()),
          },
        }
      : {}),
  };
}

function propertyDependencies(request: RegisterResourceRequest): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  request.getPropertydependenciesMap().forEach((value, key) => {
    if (value.getUrnsList().length > 0) found[key] = value.getUrnsList();
  });
  return found;
}

function aliasUrns(
  request: RegisterResourceRequest,
  place: Place,
  goal: { type: string; name: string; parent: string },
): string[] {
  const specs = request.getAliasesList().map((alias) => {
    const spec = alias.getSpec();
    if (spec === undefined) return alias.getUrn();
    const parent = spec.getNoparent() ? "" : spec.getParenturn() || goal.parent;
    const where = { project: spec.getProject() || place.project, stack: spec.getStack() || place.stack };
    return makeUrn(where, spec.getType() || goal.type, spec.getName() || goal.name, parent);
  });
  return [...specs, ...request.getAliasurnsList()];
}

/** A Go duration (`5m`, `1h30m`) in seconds. */
function seconds(duration: string): number {
  const unit: Record<string, number> = { h: 3600, m: 60, s: 1, ms: 0.001 };
  return [...duration.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)].reduce(
    (sum, [, n, u]) => sum + Number(n) * (unit[u ?? ""] ?? 0),
    0,
  );
}
