import { isDeepStrictEqual } from "node:util";
import type { Duration } from "../../core/durations";
import type { SnapshotKind } from "../../platforms/contract";
import type { TargetInput } from "../../schema/target-input";
import type { Values } from "../shared/lifecycle";
import { canonical, deriveMarker } from "../shared/marker";
import type { RevertRecord } from "./run";

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

/** The state's values besides the inputs. */
export interface RestoreState extends Partial<RevertRecord> {
  connection?: string;
  target?: TargetInput;
  installation?: string;
  targetId?: string;
  targetName?: string;
  triggers?: unknown[];
  runs?: number;
  /** Mark of a revert that was started and whose end was not observed. */
  unfinished?: string;
  /** Created by an import: no revert by this resource yet. */
  imported?: boolean;
}

/** Outputs of a resource that has not reverted anything. */
export const emptyRecord: RevertRecord & { runs: number } = {
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
 * Whether a revert is due: there are triggers, and they differ from those of the last revert.
 *
 * @param state absent for a resource to be created
 */
export function isRevertDue(state: Values | undefined, news: Values): boolean {
  const { triggers = [], imported } = (state ?? {}) as RestoreState;
  const wanted = restoreInputs(news).triggers ?? [];
  if (wanted.length === 0) return false;
  // A refresh or an import must never revert: the first triggers after it are only recorded.
  if (imported) return false;
  return (state as RestoreState | undefined)?.unfinished !== undefined || !isDeepStrictEqual(triggers, wanted);
}

/**
 * Identifies one revert: equal in every run that attempts it, and different for every other revert, even when the
 * triggers return to earlier values.
 */
export function markOf(inputs: RestoreInputs, runs: number): string {
  return deriveMarker(inputs.marker ?? "", String(runs), canonical(inputs.triggers ?? []));
}
