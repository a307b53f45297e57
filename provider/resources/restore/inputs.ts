import { isDeepStrictEqual } from "node:util";
import type { SnapshotKind } from "../../platforms/contract";
import type { Duration } from "../../schema/durations";
import type { TargetInput } from "../../schema/target-input";
import type { Values } from "../shared/lifecycle";
import { canonical, deriveMarker } from "../shared/marker";

/** Inputs of Restore after check. */
export interface RestoreInputs {
  connection: string;
  target: TargetInput;
  kind: SnapshotKind;
  snapshot: string;
  triggers?: unknown[];
  safetySnapshot: boolean;
  safetyMemory: boolean;
  confirm?: string;
  suppressPowerOn: boolean;
  timeouts?: { create?: Duration; read?: Duration; update?: Duration };
  marker?: string;
}

/** What the state holds besides the inputs. */
export interface RestoreState {
  installation?: string;
  targetName?: string;
  triggers?: unknown[];
  runs?: number;
  consumed?: string[];
  /** The mark of a revert that was begun and whose end nobody saw. */
  unfinished?: string;
  /** Made by an import: nobody has asked this resource for a revert yet. */
  imported?: boolean;
}

/** What a resource that has not reverted anything tells. */
export const emptyRecord = {
  restored: false,
  restoredAt: "",
  restoredFrom: "",
  restoredName: "",
  restoredCreatedAt: "",
  safetySnapshotId: "",
  consumed: [],
  powerBefore: "",
  powerAfter: "",
  runs: 0,
};

export function restoreInputs(values: Values): RestoreInputs {
  return values as unknown as RestoreInputs;
}

/**
 * Whether a revert is due: there is a trigger, and these triggers were not served yet.
 *
 * @param state absent for a resource that is about to be created
 */
export function isRevertDue(state: Values | undefined, news: Values): boolean {
  const { triggers = [], imported } = (state ?? {}) as RestoreState;
  const wanted = restoreInputs(news).triggers ?? [];
  if (wanted.length === 0) return false;
  // A refresh or an import must never revert: the first triggers after it are only taken note of.
  if (imported) return false;
  return (state as RestoreState | undefined)?.unfinished !== undefined || !isDeepStrictEqual(triggers, wanted);
}

/**
 * The mark of one revert: equal in every run that tries to make it, and different for every other revert, so also when
 * the triggers go back to values that were served before.
 */
export function markOf(inputs: RestoreInputs, runs: number): string {
  return deriveMarker(inputs.marker ?? "", String(runs), canonical(inputs.triggers ?? []));
}
