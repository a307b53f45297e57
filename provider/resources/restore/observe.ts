import type { OperationContext } from "../../core/operation";
import type { Driver, InspectOptions, RevertForecast, Snapshot, Target, TargetState } from "../../platforms/contract";
import { parseId } from "../shared/ids";
import { deriveMarker } from "../shared/marker";
import { findById, findMarked, findNamed, inspectSettled } from "../snapshot/find";
import { type Evidence, judge } from "./evidence";
import type { RestoreInputs } from "./inputs";

/** One revert: inputs, target, and the mark that identifies its traces. */
export interface Job {
  inputs: RestoreInputs;
  driver: Driver;
  installation: string;
  target: Target;
  mark: string;
  /** The state records that an earlier run started this revert. */
  started: boolean;
  /** Snapshots consumed by earlier reverts of this resource, already in its record. */
  usedUp: readonly string[];
  call: OperationContext;
}

/** One observation of the target. */
export interface Observation {
  state: TargetState;
  source: Snapshot | undefined;
  /** The safety snapshots of this revert, oldest first; several when the outcome of an earlier run was unknown. */
  safeties: Snapshot[];
  evidence: Evidence;
  forecast: RevertForecast;
  /** When an unrecorded revert consumed the source, ISO 8601, where the platform reports it. */
  usedAt?: string;
}

/** Reads once no task runs on the target any more, so that an interrupted run's revert has ended. */
export async function observe(job: Job, how: InspectOptions = {}): Promise<Observation> {
  const { inputs, driver, target, call } = job;
  return viewOf(job, await inspectSettled(driver, inputs.kind, target.id, call, how));
}

/** What a read of the target shows about this revert. */
export async function viewOf(job: Omit<Job, "installation">, state: TargetState): Promise<Observation> {
  const { inputs, mark, started, call } = job;
  const source = findSource(inputs.snapshot, state, call.operation);
  const safeties = safetyMarks(mark).flatMap((marker) => findMarked(state, marker, call.operation) ?? []);
  const noted = source?.restoreNote;
  const note = noted?.mark === mark ? noted : undefined;
  const forecast = forecastFor(job, state, source);
  const consumes = forecast.consumesSnapshot;
  const usedAt = source === undefined && consumes ? await whenUsedUp(job) : undefined;
  const traces = { state, source, safety: safeties.at(-1), note, started: started || usedAt !== undefined, consumes };
  return { state, source, safeties, evidence: judge(traces), forecast, usedAt };
}

/** Reads the platform's history of a missing source. Without its id nothing can be read. */
async function whenUsedUp({
  inputs,
  driver,
  target,
  usedUp,
  call,
}: Omit<Job, "installation">): Promise<string | undefined> {
  const snapshotId = lastPart(inputs.snapshot) ?? inputs.snapshot;
  // A recorded revert consumed it, so there is nothing for a new revert to return to.
  if (usedUp.includes(snapshotId)) return undefined;
  return driver.consumedAt?.(inputs.kind, { targetId: target.id, snapshotId }, call);
}

/** Markers of a revert's safety snapshots. Each interrupted run may have taken one. */
export function safetyMarks(mark: string): string[] {
  return Array.from({ length: MAX_SAFETY_SNAPSHOTS }, (_, n) => deriveMarker(mark, "safety", String(n)));
}

/** Upper bound for safety snapshots of one revert, so that the search ends. */
const MAX_SAFETY_SNAPSHOTS = 16;

/**
 * Finds the snapshot by the platform's id, by a unique name, or by a resource's id.
 *
 * @throws SnapstateError `ambiguous` when two have the name
 */
export function findSource(wanted: string, state: TargetState, operation: string): Snapshot | undefined {
  return findById(state, wanted, operation) ?? findNamed(state, wanted, operation);
}

function lastPart(text: string): string | undefined {
  try {
    return parseId(text).snapshot;
  } catch {
    return undefined;
  }
}

/** The platform's forecast; by default the VM gets the snapshot's power state. */
export function forecastFor(
  { inputs, driver }: Pick<Job, "inputs" | "driver">,
  state: TargetState,
  source: Snapshot | undefined,
): RevertForecast {
  // Even for a missing snapshot, the platform knows whether a revert consumes snapshots.
  const snapshot = source ?? nowhere;
  const { kind, suppressPowerOn } = inputs;
  const forecast = driver.forecastRevert?.(kind, state, snapshot, { suppressPowerOn });
  if (forecast !== undefined) return forecast;
  const off = suppressPowerOn && snapshot.powerState === "on";
  return { powerAfter: off ? "off" : snapshot.powerState, consumesSnapshot: false };
}

const nowhere: Snapshot = {
  id: "",
  name: "",
  description: "",
  createdAt: "",
  isCurrent: false,
  depth: 1,
  consistency: "unknown",
  powerState: "unknown",
};
