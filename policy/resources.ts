/** A resource as passed to a policy. In a preview, reading an unknown property throws. */
export interface Seen {
  type: string;
  name: string;
  urn: string;
  props: Record<string, unknown>;
}

/** Types of dynamic resources, and types of the provider plugin. */
const TOKEN = /^(?:pulumi-nodejs:dynamic\/snapstate|snapstate:\w+):(\w+)$/;

/** `Snapshot`, `SnapshotPolicy` and so on, or undefined for a resource that is not snapstate's. */
export function kindOf({ type }: Pick<Seen, "type">): string | undefined {
  return TOKEN.exec(type)?.[1];
}

/** Snapshots and recovery points: resources with age, depth and expiry. */
export function isSnapshot(resource: Pick<Seen, "type">): boolean {
  return ["Snapshot", "RecoveryPoint"].includes(kindOf(resource) ?? "");
}

/** A property; undefined if it is not set or unknown. */
export function known<T>(props: Record<string, unknown>, name: string): T | undefined {
  try {
    const value = props[name];
    // An unknown value throws when its content is read, not when it is fetched.
    JSON.stringify(value);
    return (value ?? undefined) as T | undefined;
  } catch {
    return undefined;
  }
}

export function isHeld({ props }: Pick<Seen, "props">): boolean {
  return known(props, "hold") === true;
}

export function takesMemory(resource: Seen): boolean {
  return known(resource.props, "memory") === true || known(resource.props, "consistency") === "memory";
}
