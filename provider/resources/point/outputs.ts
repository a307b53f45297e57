import type { Consistency, Hypervisor, Point, PointKind, TargetState } from "../../hypervisors/contract";
import { milliseconds } from "../core/durations";
import type { Values } from "../core/lifecycle";
import { defaultLimits } from "./fields";
import { type DesiredText, type PointInputs, pointInputs } from "./inputs";

export interface Whole {
  kind: PointKind;
  hypervisor: Hypervisor;
  installation: string;
  state: TargetState;
  point: Point;
  now: number;
}

/** The state of a point: its inputs, then what the platform says of it. Two reads of an unchanged platform are equal. */
export function pointOutputs(inputs: Values, whole: Whole, desired: DesiredText): Values {
  const { kind, hypervisor, installation, state, point } = whole;
  const expires = expiry(pointInputs(kind, inputs), point);
  return {
    ...inputs,
    name: point.name,
    description: point.description,
    platform: hypervisor.platform,
    installation,
    targetId: state.target.id,
    targetName: state.target.name,
    targetPath: state.target.path ?? "",
    platformId: point.id,
    createdAt: point.createdAt,
    obtainedConsistency: point.consistency,
    powerState: point.powerState,
    parentId: point.parentId ?? "",
    isCurrent: point.isCurrent,
    depth: point.depth,
    ...(point.sizeBytes === undefined ? {} : { sizeBytes: point.sizeBytes }),
    consolidationNeeded: state.consolidationNeeded ?? false,
    managed: point.ownership !== undefined && point.ownership.marker === inputs.marker,
    ...(expires === undefined ? {} : { expires: new Date(expires).toISOString() }),
    warnings: warningsOf(whole, inputs, expires),
    desired,
  };
}

/** What the state remembers of the texts a program asked for. */
export function desiredOf(inputs: Values, name: string): DesiredText {
  const named = inputs.name !== undefined;
  return { name, named, ...(typeof inputs.description === "string" ? { description: inputs.description } : {}) };
}

/** Whether what was obtained is at least what was asked for. `unknown` never satisfies a demand. */
export function satisfies(inputs: Pick<PointInputs, "memory" | "quiesce">, obtained: Consistency): boolean {
  if (inputs.memory && obtained !== "memory") return false;
  return inputs.quiesce !== "require" || obtained === "filesystem";
}

/** What was asked for and is less than that, in words. */
export function notObtained({ memory, quiesce }: PointInputs, { consistency }: Point): string[] {
  const is = `the snapshot is ${consistency}-consistent`;
  if (memory) return consistency === "memory" ? [] : [`memory was asked for and not obtained: ${is}`];
  return quiesce === "prefer" && consistency !== "filesystem" ? [`quiesce was preferred and not obtained: ${is}`] : [];
}

function expiry(inputs: PointInputs, point: Point): number | undefined {
  if (inputs.expiresAt !== undefined) return Date.parse(inputs.expiresAt);
  const due = Date.parse(point.createdAt) + milliseconds(inputs.ttl ?? "0s");
  return inputs.ttl === undefined || Number.isNaN(due) ? undefined : due;
}

// Texts here name limits, not ages: a text that changes with the clock would make every refresh show a change.
function warningsOf({ kind, state, point, now }: Whole, values: Values, expires: number | undefined): string[] {
  const inputs = pointInputs(kind, values);
  const { warnChainDepth, maxAge } = { ...defaultLimits, ...inputs.limits };
  const warnings = notObtained(inputs, point);
  if (point.depth > warnChainDepth) warnings.push(`its chain is deeper than ${warnChainDepth} snapshots`);
  if (now - Date.parse(point.createdAt) > milliseconds(maxAge)) warnings.push(`it is older than ${maxAge}`);
  if (expires !== undefined && now > expires) warnings.push(`it expired at ${new Date(expires).toISOString()}`);
  if (point.failed !== undefined) warnings.push(`the platform says that it is ${point.failed}: it cannot be used`);
  warnings.push(...(point.caveats ?? []));
  if (state.consolidationNeeded) warnings.push("the VM needs a disk consolidation");
  return warnings;
}
