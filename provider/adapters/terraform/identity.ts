import { SnapstateError } from "../../core/errors";
import type { Values } from "../../resources";
import { canonical } from "../../resources/shared/marker";
import { hasUnknown } from "../../schema/unknown";
import type { TfResource } from "./catalog";

/**
 * The identity from which a resource's marker is derived: the same in every run that means the same snapshot. It includes
 * the inputs whose change means another point in time, so that with create_before_destroy the new snapshot is not
 * mistaken for the old one.
 *
 * @returns undefined while a part is not known
 */
export function markerSourceOf(
  { typeName, identity, lifecycle }: TfResource,
  owner: string,
  inputs: Values,
): string | undefined {
  const replacing = Object.keys(lifecycle.fields).filter((key) => lifecycle.fields[key]?.change === "replace");
  const parts = [...new Set(["connection", ...identity, ...replacing])]
    .sort()
    .map((key) => [key, inputOf(lifecycle.fields, inputs, key)]);
  return hasUnknown(parts) ? undefined : ["terraform", owner, typeName, canonical(parts)].join("\n");
}

/** The identity that must be unique: two resources with the same one are indistinguishable on the platform. */
export function identityOf({ typeName, identity, lifecycle }: TfResource, inputs: Values): string | undefined {
  const parts = ["connection", ...identity].map((key) => inputOf(lifecycle.fields, inputs, key));
  return hasUnknown(parts) ? undefined : `${typeName}\n${canonical(parts)}`;
}

function inputOf(fields: TfResource["lifecycle"]["fields"], inputs: Values, key: string): unknown {
  return inputs[key] ?? fields[key]?.default ?? null;
}

/** The identities of the resources in one run. */
export class Claims {
  private readonly held = new Map<string, { id: string | undefined; words: string }>();

  /**
   * @param id of the state; absent for a resource to be created
   * @param replacing true for the second half of a replacement, whose first half has the same claim
   * @throws SnapstateError `conflict` when another resource of this run has the identity
   */
  claim(resource: TfResource, inputs: Values, id: string | undefined, replacing: boolean): void {
    const identity = identityOf(resource, inputs);
    if (identity === undefined) return;
    const words = describe(resource, inputs);
    const before = this.held.get(identity);
    if (before !== undefined && !replacing && (id === undefined || before.id !== id)) {
      throw new SnapstateError({
        kind: "conflict",
        operation: `plan ${words}`,
        detail: `two resources of this configuration are ${before.words}, and the platform cannot distinguish them`,
        hint: `Use another ${resource.identity.at(-1)} for one of them`,
      });
    }
    this.held.set(identity, { id: id ?? before?.id, words });
  }
}

/** `snapstate_snapshot "before" of "web-1"` */
export function describe({ typeName, identity }: TfResource, inputs: Values): string {
  const [target] = typeof inputs.target === "object" ? Object.values(inputs.target ?? {}) : [inputs.target];
  const name = identity
    .map((key) => (key === "target" ? undefined : inputs[key]))
    .find((one) => typeof one === "string");
  const named = name === undefined || hasUnknown(name) ? "" : ` ${JSON.stringify(name)}`;
  return `${typeName}${named}${target === undefined || hasUnknown(target) ? "" : ` of ${JSON.stringify(target)}`}`;
}
