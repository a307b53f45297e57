import { isHeld, isSnapshot, kindOf, known, type Seen, takesMemory } from "./resources";

/** Configuration of the rules, with defaults. */
export const defaults = {
  maxAgeHours: 72,
  maxDepth: 3,
  maxMemoryGiB: 16,
  holdReason: "hold:\\s*\\S",
} as const;

/** A violation, or undefined. It follows the resource's name. */
export type Verdict = string | undefined;

/** A snapshot on hold is exempt: another rule requires a reason. */
export function maxAge(resource: Seen, { maxAgeHours }: { maxAgeHours: number }, now: number): Verdict {
  if (!isSnapshot(resource) || isHeld(resource)) return undefined;
  const created = Date.parse(known<string>(resource.props, "createdAt") ?? "");
  const hours = (now - created) / 3_600_000;
  if (Number.isNaN(hours) || hours <= maxAgeHours) return undefined;
  return `was taken ${Math.floor(hours)} hours ago, at ${new Date(created).toISOString()}; at most ${maxAgeHours} hours are allowed. Remove it, take a new one, or put it on hold with a reason`;
}

export function chainDepth(resource: Seen, { maxDepth }: { maxDepth: number }): Verdict {
  if (!isSnapshot(resource)) return undefined;
  const depth = known<number>(resource.props, "depth");
  if (depth === undefined || depth <= maxDepth) return undefined;
  return `is number ${depth} in its chain; at most ${maxDepth} are allowed, since a long chain slows the VM down. Remove older ones`;
}

/** Requires an expiry, or a retention rule of a series. */
export function hasExpiry(resource: Seen): Verdict {
  const { props } = resource;
  if (isSnapshot(resource)) {
    if (isHeld(resource) || isSet(props, "ttl") || isSet(props, "expiresAt")) return undefined;
    return "has no expiry. Set `ttl` or `expiresAt`";
  }
  if (kindOf(resource) !== "SnapshotPolicy") return undefined;
  const rules = ["keepLast", "keepHourly", "keepDaily", "keepWeekly", "keepMonthly", "maxAge"];
  if (isHeld(resource) || rules.some((rule) => isSet(props, rule))) return undefined;
  return `prunes nothing. Set one of ${rules.join(", ")}`;
}

/** Whether it is set at all: an unknown value counts as set. */
function isSet(props: Record<string, unknown>, name: string): boolean {
  try {
    return (props[name] ?? undefined) !== undefined;
  } catch {
    return true;
  }
}

export function holdHasReason(resource: Seen, { holdReason }: { holdReason: string }): Verdict {
  const kind = kindOf(resource);
  if (kind === undefined || !isHeld(resource)) return undefined;
  if (new RegExp(holdReason, "i").test(known<string>(resource.props, "description") ?? "")) return undefined;
  return `is on hold without a reason. Add the reason to its description, so that it matches ${holdReason}: "hold: ticket 4711"`;
}

const GiB = 2 ** 30;

/**
 * The size of a VM's memory is known if the VM is a resource of the same stack; for an existing snapshot its size on
 * disk is used. Without either there is no violation.
 */
export function memorySize(resource: Seen, { maxMemoryGiB }: { maxMemoryGiB: number }, all: readonly Seen[]): Verdict {
  if (kindOf(resource) === undefined || !takesMemory(resource)) return undefined;
  const vm = targetsOf(resource).flatMap((target) => vmsOf(all).filter(({ names }) => fits(target, names)));
  const large = vm.find(({ memory }) => memory > maxMemoryGiB * GiB);
  if (large) {
    return `includes the memory of VM ${large.name}, which is ${gib(large.memory)}; at most ${maxMemoryGiB} GiB are allowed. Omit the memory, or use quiesce`;
  }
  const size = known<number>(resource.props, "sizeBytes") ?? 0;
  if (size <= maxMemoryGiB * GiB) return undefined;
  return `has ${gib(size)} with the memory; at most ${maxMemoryGiB} GiB are allowed. Omit the memory, or use quiesce`;
}

interface Vm {
  name: string;
  /** Bytes. */
  memory: number;
  /** All names and ids by which a program may select it. */
  names: string[];
}

function vmsOf(all: readonly Seen[]): Vm[] {
  return all
    .filter(({ type }) => type === "vsphere:index/virtualMachine:VirtualMachine")
    .map(({ name, props }) => ({
      name,
      memory: (known<number>(props, "memory") ?? 0) * 2 ** 20,
      names: ["moid", "uuid", "name", "id"].flatMap((key) => known<string>(props, key) ?? []),
    }));
}

function targetsOf({ props }: Seen): string[] {
  const named = [known(props, "target"), ...(known<unknown[]>(props, "targets") ?? [])];
  return named.flatMap((one) => {
    if (typeof one === "string") return [one];
    return one !== null && typeof one === "object" ? Object.values(one).filter((text) => typeof text === "string") : [];
  });
}

/** A target may be an inventory path, which ends in the VM's name. */
function fits(target: string, names: string[]): boolean {
  return names.some((name) => target === name || target.endsWith(`/${name}`));
}

function gib(bytes: number): string {
  return `${Number((bytes / GiB).toFixed(1))} GiB`;
}
