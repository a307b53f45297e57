import { milliseconds } from "../../core/durations";
import type { Consistency, Driver, Snapshot, SnapshotKind, TargetState } from "../../platforms/contract";
import type { Values } from "../shared/lifecycle";
import { timeAfter } from "../shared/marker";
import { defaultLimits } from "./fields";
import { type DesiredText, parseSnapshotInputs, type SnapshotInputs } from "./inputs";

export interface OutputSources {
  kind: SnapshotKind;
  driver: Driver;
  installation: string;
  state: TargetState;
  snapshot: Snapshot;
  /** Of the create that made the state, not of a later one. */
  claim: number | undefined;
  now: number;
}

/** The state of a snapshot: its inputs, then the platform's values. Two reads of an unchanged platform are equal. */
export function commonSnapshotOutputs(inputs: Values, sources: OutputSources, desired: DesiredText): Values {
  const { kind, driver, installation, state, snapshot, claim } = sources;
  const parsed = parseSnapshotInputs(kind, inputs);
  return {
    ...inputs,
    name: snapshot.name,
    description: snapshot.description,
    platform: driver.platform,
    installation,
    targetId: state.target.id,
    targetName: state.target.name,
    targetPath: state.target.path ?? "",
    platformId: snapshot.id,
    createdAt: snapshot.createdAt,
    obtainedConsistency: snapshot.consistency,
    powerState: snapshot.powerState,
    parentId: snapshot.parentId ?? "",
    isCurrent: snapshot.isCurrent,
    depth: snapshot.depth,
    ...(snapshot.sizeBytes === undefined ? {} : { sizeBytes: snapshot.sizeBytes }),
    consolidationNeeded: state.consolidationNeeded ?? false,
    managed: snapshot.ownership !== undefined && snapshot.ownership.marker === inputs.marker,
    ...expiryOf(parsed, snapshot.createdAt),
    ...(claim === undefined ? {} : { claim }),
    warnings: warningsOf(sources, parsed),
    desired,
  };
}

/** The program's texts, for the state. */
export function desiredOf(inputs: Values, name: string): DesiredText {
  const named = inputs.name !== undefined;
  return { name, named, ...(typeof inputs.description === "string" ? { description: inputs.description } : {}) };
}

/** Whether the obtained consistency is at least what was required. `unknown` never satisfies a requirement. */
export function satisfies(inputs: Pick<SnapshotInputs, "memory" | "quiesce">, obtained: Consistency): boolean {
  if (inputs.memory && obtained !== "memory") return false;
  return inputs.quiesce !== "require" || obtained === "filesystem";
}

/** Messages about requested properties that were not obtained. */
export function unmetRequests(
  { memory, quiesce }: Pick<SnapshotInputs, "memory" | "quiesce">,
  { consistency }: Snapshot,
): string[] {
  const is = `the snapshot is ${consistency}-consistent`;
  if (memory) return consistency === "memory" ? [] : [`memory was requested but not obtained: ${is}`];
  return quiesce === "prefer" && consistency !== "filesystem" ? [`quiesce was preferred but not obtained: ${is}`] : [];
}

/** The time of expiry as an output: as given, or computed from `ttl`. */
export function expiryOf({ expiresAt, ttl }: SnapshotInputs, createdAt: string): { expiresAt?: string } {
  const at = expiresAt ?? (ttl === undefined ? undefined : timeAfter(createdAt, milliseconds(ttl)));
  return at === undefined ? {} : { expiresAt: at };
}

// These messages name limits, not ages: a text that changes with the clock would make every refresh show a change.
function warningsOf({ state, snapshot, now }: OutputSources, inputs: SnapshotInputs): string[] {
  const { expiresAt } = expiryOf(inputs, snapshot.createdAt);
  const { warnChainDepth, maxAge } = { ...defaultLimits, ...inputs.limits };
  const warnings = unmetRequests(inputs, snapshot);
  if (snapshot.depth > warnChainDepth) warnings.push(`its chain is deeper than ${warnChainDepth} snapshots`);
  if (now - Date.parse(snapshot.createdAt) > milliseconds(maxAge)) warnings.push(`it is older than ${maxAge}`);
  if (expiresAt !== undefined && now > Date.parse(expiresAt))
    warnings.push(`it expired at ${new Date(expiresAt).toISOString()}`);
  if (snapshot.failed !== undefined)
    warnings.push(`the platform reports that it is ${snapshot.failed}: it cannot be used`);
  warnings.push(...(snapshot.caveats ?? []));
  if (state.consolidationNeeded) warnings.push("the VM needs a disk consolidation");
  return warnings;
}
