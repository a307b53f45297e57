import { mergeOptions, type ResourceTransform } from "@pulumi/pulumi";
import { type ChangedResource, type GuardTarget, type SnapshotBeforeOptions, snapshotBefore } from "./hooks";

/** How {@link snapshotBeforeTransform} guards. */
export interface SnapshotBeforeTransformOptions extends SnapshotBeforeOptions {
  /**
   * The resources to guard, by their type, and how the VM is named from one of them.
   * @default {@link knownVmTypes}
   */
  types?: Record<string, (change: ChangedResource) => ReturnType<Extract<GuardTarget, (...args: never[]) => unknown>>>;
}

/** VMs of well-known providers, and how each is named for snapstate. */
export const knownVmTypes: NonNullable<SnapshotBeforeTransformOptions["types"]> = {
  "vsphere:index/virtualMachine:VirtualMachine": ({ oldOutputs }) => named(oldOutputs?.moid),
  "cloudstack:index/instance:Instance": ({ id }) => named(id),
};

/**
 * A stack transform that guards every resource of the given types, whoever declares it.
 *
 * @example
 * ```ts
 * pulumi.runtime.registerResourceTransform(snapshotBeforeTransform({ connection: "vcenter", ttl: "24h" }));
 * ```
 */
export function snapshotBeforeTransform(options: SnapshotBeforeTransformOptions = {}): ResourceTransform {
  const { types = knownVmTypes, ...guard } = options;
  const target = (change: ChangedResource) => types[change.type]?.(change);
  const hooks = snapshotBefore(target, { name: "snapstate-guard", ...guard });
  return ({ type, props, opts }) =>
    Object.hasOwn(types, type) ? { props, opts: mergeOptions(opts, { hooks }) } : undefined;
}

function named(id: unknown): { id: string } | undefined {
  return typeof id === "string" && id !== "" ? { id } : undefined;
}
