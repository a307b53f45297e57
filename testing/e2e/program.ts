import type { PulumiFn } from "@pulumi/pulumi/automation";
import { ConsolidationTask, ovh, RecoveryPoint, Restore, Snapshot, SnapshotPolicy } from "../../sdk";

const KINDS = {
  Snapshot,
  RecoveryPoint,
  ConsolidationTask,
  Restore,
  SnapshotPolicy,
  SnapshotOption: ovh.SnapshotOption,
};

/** A resource of the scenarios' program. */
export interface Declared {
  kind: keyof typeof KINDS;
  name: string;
  args?: Record<string, unknown>;
  options?: Record<string, unknown>;
  dependsOn?: string[];
  /** Read instead of managed: an id for `Snapshot.get`. */
  get?: string;
}

interface Made {
  platformId?: unknown;
  taskId?: unknown;
  warnings?: unknown;
}

type Resource = {
  new (name: string, args: unknown, options: unknown): Made;
  get(name: string, id: string, options: unknown): Made;
};

/** A program that declares the resources. */
export function scenario(resources: readonly Declared[]): PulumiFn {
  return async () => {
    const made: Record<string, Made> = {};
    for (const { kind, name, args, options = {}, dependsOn = [], get } of resources) {
      const all = { ...options, dependsOn: dependsOn.map((other) => made[other]) };
      const type = KINDS[kind] as unknown as Resource;
      made[name] = get === undefined ? new type(name, args, all) : type.get(name, get, all);
    }
    const each = (value: (resource: Made) => unknown) =>
      Object.fromEntries(Object.entries(made).map(([name, resource]) => [name, value(resource)]));
    return {
      ids: each(({ platformId, taskId }) => platformId ?? taskId),
      warnings: each(({ warnings }) => warnings ?? []),
    };
  };
}
