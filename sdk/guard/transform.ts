import { mergeOptions, type ResourceTransform } from "@pulumi/pulumi";
import { type ChangedResource, type GuardTarget, type SnapshotBeforeOptions, snapshotBefore } from "./hooks";

/** Options of {@link snapshotBeforeTransform}. */
export interface SnapshotBeforeTransformOptions extends SnapshotBeforeOptions {
  /**
   * Resources to guard, by type, with a function to select the VM.
   * @default {@link knownVmTypes}
   */
  types?: Record<string, (change: ChangedResource) => ReturnType<Extract<GuardTarget, (...args: never[]) => unknown>>>;
}

/** VM types of well-known providers, with functions to select the VM. */
export const knownVmTypes: NonNullable<SnapshotBeforeTransformOptions["types"]> = {
  "vsphere:index/virtualMachine:VirtualMachine": ({ oldOutputs }) => named(oldOutputs?.moid),
  "cloudstack:index/instance:Instance": ({ id }) => named(id),
};

/**
 * A stack transform that guards every resource of the given types, regardless of where it is declared.
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
