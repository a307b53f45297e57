import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import type { CustomTimeouts, Properties, ResourceState, Value } from "./types";
import { fromProgram, valueFromProgram } from "./values";

/** Another identity that a resource may have had: a URN, or how it differs from its present one. */
export type AliasSpec =
  | { urn: string }
  | { name?: string; type?: string; project?: string; stack?: string; parent?: string; noParent?: boolean };

/** What a program wants of one resource. */
export interface Goal {
  type: string;
  name: string;
  custom: boolean;
  parent: string;
  inputs: Properties;
  dependencies: string[];
  propertyDependencies: Record<string, string[]>;
  /** `urn::id` of the provider; empty for a component. */
  provider: string;
  version: string;
  protect: boolean;
  retainOnDelete: boolean;
  deletedWith: string;
  replaceWith: string[];
  replacementTrigger?: Value;
  /** Unset when the program leaves it to the provider. */
  deleteBeforeReplace?: boolean;
  ignoreChanges: string[];
  hideDiffs: string[];
  replaceOnChanges: string[];
  additionalSecretOutputs: string[];
  aliases: AliasSpec[];
  importId: string;
  customTimeouts: CustomTimeouts;
  hooks: Record<string, string[]>;
}

export const EMPTY_GOAL: Omit<Goal, "type" | "name"> = {
  custom: true,
  parent: "",
  inputs: {},
  dependencies: [],
  propertyDependencies: {},
  provider: "",
  version: "",
  protect: false,
  retainOnDelete: false,
  deletedWith: "",
  replaceWith: [],
  ignoreChanges: [],
  hideDiffs: [],
  replaceOnChanges: [],
  additionalSecretOutputs: [],
  aliases: [],
  importId: "",
  customTimeouts: {},
  hooks: {},
};

export function readGoal(
  request: RegisterResourceRequest,
  inherited: { protect: boolean; retainOnDelete: boolean },
): Goal {
  const timeouts = request.getCustomtimeouts();
  const hooks = request.getHooks();
  const trigger = valueFromProgram(request.getReplacementTrigger());
  return {
    type: request.getType(),
    name: request.getName(),
    parent: request.getParent(),
    custom: request.getCustom(),
    inputs: fromProgram(request.getObject()),
    dependencies: [...new Set(request.getDependenciesList())].sort(),
    propertyDependencies: propertyDependenciesOf(request),
    provider: request.getProvider(),
    version: request.getVersion(),
    protect: request.hasProtect() ? (request.getProtect() ?? false) : inherited.protect,
    retainOnDelete: request.hasRetainondelete() ? (request.getRetainondelete() ?? false) : inherited.retainOnDelete,
    deletedWith: request.getDeletedwith(),
    replaceWith: request.getReplaceWithList(),
    ...(request.getDeletebeforereplacedefined() ? { deleteBeforeReplace: request.getDeletebeforereplace() } : {}),
    ...(trigger === undefined ? {} : { replacementTrigger: trigger }),
    ignoreChanges: request.getIgnorechangesList(),
    hideDiffs: request.getHidediffsList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    aliases: readAliases(request),
    importId: request.getImportid(),
    customTimeouts: {
      ...seconds("create", timeouts?.getCreate()),
      ...seconds("update", timeouts?.getUpdate()),
      ...seconds("delete", timeouts?.getDelete()),
    },
    hooks: hooks
      ? {
          beforeCreate: hooks.getBeforeCreateList(),
          afterCreate: hooks.getAfterCreateList(),
          beforeUpdate: hooks.getBeforeUpdateList(),
          afterUpdate: hooks.getAfterUpdateList(),
          beforeDelete: hooks.getBeforeDeleteList(),
          afterDelete: hooks.getAfterDeleteList(),
          onError: hooks.getOnErrorList(),
        }
      : {},
  };
}

function propertyDependenciesOf(request: RegisterResourceRequest): Record<string, string[]> {
  const result: Record<string, string[]> = {};
  request.getPropertydependenciesMap().forEach((value, key) => {
    result[key] = value.getUrnsList();
  });
  return result;
}

function readAliases(request: RegisterResourceRequest): AliasSpec[] {
  const specs = request.getAliasesList().map((alias): AliasSpec => {
    const spec = alias.getSpec();
    if (spec === undefined) return { urn: alias.getUrn() };
    return {
      name: spec.getName(),
      type: spec.getType(),
      project: spec.getProject(),
      stack: spec.getStack(),
      parent: spec.getParenturn(),
      noParent: spec.getNoparent(),
    };
  });
  return [...specs, ...request.getAliasurnsList().map((urn) => ({ urn }))];
}

/** A Go duration (`5m`, `1h30m`) in seconds, under its key; nothing for none. */
function seconds(key: keyof CustomTimeouts, duration: string | undefined): CustomTimeouts {
  if (!duration) return {};
  const unit: Record<string, number> = { h: 3600, m: 60, s: 1, ms: 0.001 };
  let sum = 0;
  for (const [, n, u] of duration.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)) sum += Number(n) * (unit[u ?? ""] ?? 0);
  return { [key]: sum };
}

/** The state that fulfilling a goal begins with. */
export function stateOfGoal(goal: Goal, urn: string, old: ResourceState | undefined): ResourceState {
  const alias = old && old.urn !== urn ? [old.urn] : [];
  return {
    urn,
    custom: goal.custom,
    type: goal.type,
    inputs: goal.inputs,
    outputs: {},
    parent: goal.parent,
    protect: goal.protect,
    dependencies: goal.dependencies,
    provider: goal.provider,
    propertyDependencies: goal.propertyDependencies,
    additionalSecretOutputs: goal.additionalSecretOutputs,
    aliases: alias,
    customTimeouts: goal.customTimeouts,
    importID: goal.importId,
    retainOnDelete: goal.retainOnDelete,
    deletedWith: goal.deletedWith,
    replaceWith: goal.replaceWith,
    ...(old?.created ? { created: old.created } : {}),
    ...(old?.modified ? { modified: old.modified } : {}),
    ...(goal.replacementTrigger === undefined ? {} : { replacementTrigger: goal.replacementTrigger }),
    ignoreChanges: goal.ignoreChanges,
    hideDiff: goal.hideDiffs,
    replaceOnChanges: goal.replaceOnChanges,
    refreshBeforeUpdate: old?.refreshBeforeUpdate ?? false,
    resourceHooks: Object.fromEntries(Object.entries(goal.hooks).filter(([, names]) => names.length > 0)),
  };
}
