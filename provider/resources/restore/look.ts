import type { Hypervisor, Point, RevertForecast, Target, TargetState } from "../../hypervisors/contract";
import type { Call } from "../../waiting";
import { parseId } from "../core/ids";
import { workMarker } from "../core/marker";
import { findById, findMarked, findNamed, inspectSettled } from "../point/find";
import { type Evidence, judge } from "./evidence";
import type { RestoreInputs } from "./inputs";

/** One revert under way: what is wanted, where, and the mark by which its traces are known. */
export interface Job {
  inputs: RestoreInputs;
  hypervisor: Hypervisor;
  installation: string;
  target: Target;
  mark: string;
  /** The state says that an earlier run had begun this very revert. */
  begun: boolean;
  /** Points that reverts of this resource have used up, and that are in the record already. */
  usedUp: readonly string[];
  call: Call;
}

/** What one look at the target shows. */
export interface View {
  state: TargetState;
  source: Point | undefined;
  /** The safety snapshots of this revert, oldest first: more than one when an earlier run's end was not known. */
  safeties: Point[];
  evidence: Evidence;
  forecast: RevertForecast;
  /** When the source was used up by a revert that is in no record, ISO 8601, where the platform tells. */
  usedAt?: string;
}

/** Looks once nothing is running on the target any more, so that a revert of an interrupted run has had its say. */
export async function look(job: Job): Promise<View> {
  const { inputs, hypervisor, target, call } = job;
  return viewOf(job, await inspectSettled(hypervisor, inputs.kind, target.id, call));
}

/** What a read of the target says of this revert. */
export async function viewOf(job: Omit<Job, "installation">, state: TargetState): Promise<View> {
  const { inputs, mark, begun, call } = job;
  const source = findSource(inputs.snapshot, state, call.doing);
  const safeties = safetyMarks(mark).flatMap((marker) => findMarked(state, marker, call.doing) ?? []);
  const noted = source?.restoreNote;
  const note = noted?.mark === mark ? noted : undefined;
  const forecast = foresee(job, state, source);
  const consumes = forecast.consumesPoint;
  const usedAt = source === undefined && consumes ? await whenUsedUp(job) : undefined;
  const traces = { state, source, safety: safeties.at(-1), note, begun: begun || usedAt !== undefined, consumes };
  return { state, source, safeties, evidence: judge(traces), forecast, usedAt };
}

/** Asks the platform's history about a source that is gone. Without an id there is nothing to ask about. */
async function whenUsedUp({
  inputs,
  hypervisor,
  target,
  usedUp,
  call,
}: Omit<Job, "installation">): Promise<string | undefined> {
  const pointId = lastPart(inputs.snapshot) ?? inputs.snapshot;
  // It was used up by a revert that is in the record: another one is wanted, and it has nothing to go back to.
  if (usedUp.includes(pointId)) return undefined;
  return hypervisor.consumedAt?.(inputs.kind, { targetId: target.id, pointId }, call);
}

/** Markers of a revert's safety snapshots. There are several since a run that was interrupted may have taken one each. */
export function safetyMarks(mark: string): string[] {
  return Array.from({ length: MOST_SAFETIES }, (_, n) => workMarker(mark, "safety", String(n)));
}

/** No revert is tried that often in earnest; without an end a look would never have one. */
const MOST_SAFETIES = 16;

/**
 * The snapshot that is meant: by the platform's id, by a name that only one has, or by a resource's id.
 *
 * @throws SnapstateError `ambiguous` when two have the name
 */
export function findSource(wanted: string, state: TargetState, doing: string): Point | undefined {
  return findById(state, wanted, doing) ?? findNamed(state, wanted, doing);
}

function lastPart(text: string): string | undefined {
  try {
    return parseId(text).point;
  } catch {
    return undefined;
  }
}

/** The platform's own forecast, or what holds where it has none: the VM comes up as the snapshot has it. */
export function foresee(
  { inputs, hypervisor }: Pick<Job, "inputs" | "hypervisor">,
  state: TargetState,
  source: Point | undefined,
): RevertForecast {
  // Even of a point that is gone the platform knows whether it uses points up.
  const point = source ?? nowhere;
  const { kind, suppressPowerOn } = inputs;
  const forecast = hypervisor.foreseeRevert?.(kind, state, point, { suppressPowerOn });
  if (forecast !== undefined) return forecast;
  const off = suppressPowerOn && point.powerState === "on";
  return { powerAfter: off ? "off" : point.powerState, consumesPoint: false };
}

const nowhere: Point = {
  id: "",
  name: "",
  description: "",
  createdAt: "",
  isCurrent: false,
  depth: 1,
  consistency: "unknown",
  powerState: "unknown",
};
