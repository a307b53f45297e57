import type { OperationContext } from "../../core/operation";
import type { Driver, RevertForecast, Snapshot, Target, TargetState } from "../../platforms/contract";
import { parseId } from "../shared/ids";
import { deriveMarker } from "../shared/marker";
import { findById, findMarked, findNamed, inspectSettled } from "../snapshot/find";
import { type Evidence, judge } from "./evidence";
import type { RestoreInputs } from "./inputs";

/** One revert under way: what is wanted, where, and the mark by which its traces are known. */
export interface Job {
  inputs: RestoreInputs;
  driver: Driver;
  installation: string;
  target: Target;
  mark: string;
  /** The state says that an earlier run had begun this very revert. */
  begun: boolean;
  /** Snapshots that reverts of this resource have used up, and that are in the record already. */
  usedUp: readonly string[];
  call: OperationContext;
}

/** What one look at the target shows. */
export interface Observation {
  state: TargetState;
  source: Snapshot | undefined;
  /** The safety snapshots of this revert, oldest first: more than one when an earlier run's end was not known. */
  safeties: Snapshot[];
  evidence: Evidence;
  forecast: RevertForecast;
  /** When the source was used up by a revert that is in no record, ISO 8601, where the platform tells. */
  usedAt?: string;
}

/** Looks once nothing is running on the target any more, so that a revert of an interrupted run has had its say. */
export async function observe(job: Job): Promise<Observation> {
  const { inputs, driver, target, call } = job;
  return viewOf(job, await inspectSettled(driver, inputs.kind, target.id, call));
}

/** What a read of the target says of this revert. */
export async function viewOf(job: Omit<Job, "installation">, state: TargetState): Promise<Observation> {
  const { inputs, mark, begun, call } = job;
  const source = findSource(inputs.snapshot, state, call.operation);
  const safeties = safetyMarks(mark).flatMap((marker) => findMarked(state, marker, call.operation) ?? []);
  const noted = source?.restoreNote;
  const note = noted?.mark === mark ? noted : undefined;
  const forecast = forecastFor(job, state, source);
  const consumes = forecast.consumesSnapshot;
  const usedAt = source === undefined && consumes ? await whenUsedUp(job) : undefined;
  const traces = { state, source, safety: safeties.at(-1), note, begun: begun || usedAt !== undefined, consumes };
  return { state, source, safeties, evidence: judge(traces), forecast, usedAt };
}

/** Asks the platform's history about a source that is gone. Without an id there is nothing to ask about. */
async function whenUsedUp({
  inputs,
  driver,
  target,
  usedUp,
  call,
}: Omit<Job, "installation">): Promise<string | undefined> {
  const snapshotId = lastPart(inputs.snapshot) ?? inputs.snapshot;
  // It was used up by a revert that is in the record: another one is wanted, and it has nothing to go back to.
  if (usedUp.includes(snapshotId)) return undefined;
  return driver.consumedAt?.(inputs.kind, { targetId: target.id, snapshotId }, call);
}

/** Markers of a revert's safety snapshots. There are several since a run that was interrupted may have taken one each. */
export function safetyMarks(mark: string): string[] {
  return Array.from({ length: MOST_SAFETIES }, (_, n) => deriveMarker(mark, "safety", String(n)));
}

/** No revert is tried that often in earnest; without an end a look would never have one. */
const MOST_SAFETIES = 16;

/**
 * The snapshot that is meant: by the platform's id, by a name that only one has, or by a resource's id.
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

/** The platform's own forecast, or what holds where it has none: the VM comes up as the snapshot has it. */
export function forecastFor(
  { inputs, driver }: Pick<Job, "inputs" | "driver">,
  state: TargetState,
  source: Snapshot | undefined,
): RevertForecast {
  // Even of a snapshot that is gone the platform knows whether it uses snapshots up.
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
