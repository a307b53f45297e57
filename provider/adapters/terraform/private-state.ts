import type { Values } from "../../resources";
import type { TfResource } from "./catalog";

/** What the state keeps beside the attributes. Contains no secrets. */
export interface PrivateState {
  /** Internal inputs and outputs of the lifecycle: the marker, the platform's installation. */
  values: Values;
  /** Imported and not changed since: the marker is written with the first change. */
  imported?: boolean;
  /** In a plan: the marker of the snapshot to be replaced. */
  replaced?: string;
  /**
   * When the create took over what existed, in milliseconds since 1970. The state that it replaced describes the same,
   * and outlives a run that fails before its destroy.
   */
  tookOverAt?: number;
  /** A later state has taken it over, so a destroy keeps it. */
  superseded?: boolean;
}

export function readPrivate(bytes: Uint8Array | undefined): PrivateState {
  if (!bytes?.length) return { values: {} };
  try {
    const { values, imported, replaced, tookOverAt, superseded } = JSON.parse(Buffer.from(bytes).toString("utf8"));
    return { values: values ?? {}, imported, replaced, tookOverAt, superseded };
  } catch {
    // Private state of another provider, from which a resource was moved.
    return { values: {} };
  }
}

export function writePrivate(state: PrivateState): Uint8Array {
  return Buffer.from(JSON.stringify(state));
}

/** The lifecycle's internal values among its outputs. */
export function internalOf({ internal }: TfResource, values: Values): Values {
  return Object.fromEntries(internal.filter((key) => values[key] !== undefined).map((key) => [key, values[key]]));
}
