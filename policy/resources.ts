/** A resource as a policy sees it. In a preview, reading a property that is not known yet throws. */
export interface Seen {
  type: string;
  name: string;
  urn: string;
  props: Record<string, unknown>;
}

/** Types as dynamic resources have them, and as the provider plugin has them. */
const TOKEN = /^(?:pulumi-nodejs:dynamic\/snapstate|snapstate:\w+):(\w+)$/;

/** `Snapshot`, `SnapshotPolicy` and so on, or undefined for a resource that is not snapstate's. */
export function kindOf({ type }: Pick<Seen, "type">): string | undefined {
  return TOKEN.exec(type)?.[1];
}

/** Snapshots and recovery points: what has an age, a depth and an expiry of its own. */
export function isSnapshot(resource: Pick<Seen, "type">): boolean {
  return ["Snapshot", "RecoveryPoint"].includes(kindOf(resource) ?? "");
}

/** A property, or undefined where it is not set or not known yet. */
export function known<T>(props: Record<string, unknown>, name: string): T | undefined {
  try {
    const value = props[name];
    // An unknown value throws when it is looked into, not when it is fetched.
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
