import { isDeepStrictEqual } from "node:util";
import { type Duration, milliseconds } from "../../core/durations";
import type { Consistency, SnapshotKind } from "../../platforms/contract";
import { seriesWord } from "../../platforms/ownership";
import type { TargetInput } from "../../schema/target-input";
import type { Values } from "../shared/lifecycle";
import { canonical, deriveMarker } from "../shared/marker";
import type { Verdict } from "./prune";
import type { Rules } from "./retention";
import { lastSlot } from "./schedule";

/** Inputs of SnapshotPolicy after check. */
export interface PolicyInputs {
  connection: string;
  targets: TargetInput[];
  kind: SnapshotKind;
  label: string;
  description?: string;
  consistency: Exclude<Consistency, "unknown">;
  schedule?: string;
  timeZone: string;
  triggers?: unknown[];
  keepLast?: number;
  keepHourly?: number;
  keepDaily?: number;
  keepWeekly?: number;
  keepMonthly?: number;
  maxAge?: Duration;
  keepMin: number;
  hold: boolean;
  pruneFirst: boolean;
  onDestroy: "delete" | "retain";
  timeouts?: { create?: Duration; read?: Duration; update?: Duration; delete?: Duration };
  marker?: string;
}

/** One snapshot of the series, as the state holds it. */
export interface SeriesSnapshot {
  id: string;
  name: string;
  createdAt: string;
  marker: string;
  held: boolean;
}

/** One VM of the group, as the state holds it. */
export interface Member {
  targetId: string;
  targetName: string;
  /** Newest first. */
  snapshots: SeriesSnapshot[];
}

/** The state's values besides the inputs. */
export interface PolicyState {
  connection?: string;
  targets?: TargetInput[];
  installation?: string;
  members?: Member[];
  takenAt?: string;
  takenBecause?: Due["reason"] | "";
  kept?: Verdict[];
  pruned?: Verdict[];
  triggers?: unknown[];
  runs?: number;
  /** Marker of a group that was started and is not complete. */
  unfinished?: string;
  /** The last run could not prune everything that the rules no longer keep. */
  unpruned?: boolean;
}

/** Why a group is due, and the marker for its snapshots. */
export interface Due {
  reason: "creation" | "trigger" | "schedule";
  marker: string;
}

export function policyInputs(values: Values): PolicyInputs {
  return values as unknown as PolicyInputs;
}

/** The name of the series on the platform. */
export function seriesOf({ label, marker = "" }: PolicyInputs): string {
  return seriesWord(label, deriveMarker(marker, "series").slice(0, 10));
}

export function rulesOf(inputs: PolicyInputs): Rules {
  const { keepLast, keepHourly, keepDaily, keepWeekly, keepMonthly, maxAge, keepMin, timeZone } = inputs;
  const age = maxAge === undefined ? {} : { maxAge: milliseconds(maxAge) };
  return { keepLast, keepHourly, keepDaily, keepWeekly, keepMonthly, ...age, keepMin, timeZone };
}

/**
 * Whether a group is due now.
 *
 * @param state absent for a resource to be created
 * @param newest the oldest among the VMs' newest snapshot times, if the platform was read
 */
export function dueNow(
  state: PolicyState | undefined,
  news: PolicyInputs,
  now: number,
  newest?: number,
): Due | undefined {
  const runs = String(state?.runs ?? 0);
  const group = (reason: Due["reason"], what: string): Due => ({
    reason,
    marker: deriveMarker(news.marker ?? "", "group", runs, what),
  });
  const unfinished = (due: Due) => state?.unfinished === due.marker;

  const wanted = news.triggers ?? [];
  const triggered = group("trigger", canonical(wanted));
  const changed = wanted.length > 0 && !isDeepStrictEqual(state?.triggers ?? [], wanted);
  if (changed || unfinished(triggered)) return triggered;
  if (news.schedule === undefined) {
    const first = group("creation", "");
    return state === undefined || unfinished(first) ? first : undefined;
  }
  const slot = lastSlot(news.schedule, news.timeZone, now);
  const taken = state?.takenAt ? Date.parse(state.takenAt) : newest;
  if (taken === undefined) return group(state === undefined ? "creation" : "schedule", slot?.toISOString() ?? "");
  return slot === undefined || taken >= slot.getTime() ? undefined : group("schedule", slot.toISOString());
}
