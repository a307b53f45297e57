import type { Duration } from "../../core/durations";
import type { Consistency, SnapshotKind } from "../../platforms/contract";
import type { Ownership } from "../../platforms/ownership";
import type { TargetInput } from "../../schema/target-input";
import type { Values } from "../shared/lifecycle";
import { type TakenOver, takenOverKey } from "../shared/taken-over";
import { demandOf } from "./names";

/** Checked inputs of Snapshot and RecoveryPoint, in one shape for the lifecycle. */
export interface SnapshotInputs {
  connection: string;
  target: TargetInput;
  name?: string;
  description?: string;
  memory: boolean;
  quiesce: "require" | "prefer" | "off";
  quiesceTimeout: Duration;
  removeChildren: boolean;
  consolidate: boolean;
  expiresAt?: string;
  ttl?: Duration;
  hold: boolean;
  adoptExisting: boolean;
  adoptId?: string;
  onDestroy: "delete" | "retain";
  limits?: { warnChainDepth?: number; maxChainDepth?: number; maxAge?: Duration };
  timeouts?: { create?: Duration; read?: Duration; update?: Duration; delete?: Duration };
  marker: string;
  /** Set by a SnapshotPolicy; not an input of programs. */
  series?: string;
}

/** The state's values besides the inputs. All are absent after a create that was interrupted early. */
export interface SnapshotState {
  platform?: string;
  installation?: string;
  targetId?: string;
  targetName?: string;
  targetPath?: string;
  platformId?: string;
  createdAt?: string;
  obtainedConsistency?: Consistency;
  managed?: boolean;
  /** {@link Ownership.claim} of the create that made this state. */
  claim?: Ownership["claim"];
  /** When a revert consumed it. This is not drift: a new one is taken only after a change of triggers. */
  consumedAt?: string;
  desired?: DesiredText;
}

/** The program's texts in the last run. */
export interface DesiredText {
  name: string;
  /** Whether the program gave the name; otherwise snapstate generated it. */
  named: boolean;
  /** Absent when the program states no description, so that a manually added text is kept. */
  description?: string;
}

/** Parses checked inputs; RecoveryPoint's `consistency` is translated to memory and quiesce. */
export function parseSnapshotInputs(kind: SnapshotKind, values: Values): SnapshotInputs {
  const inputs = { ...values } as unknown as SnapshotInputs & { consistency?: Consistency };
  if (kind === "snapshot") return inputs;
  return { ...inputs, ...demandOf(inputs.consistency) };
}

export function parseSnapshotState(values: Values): SnapshotState {
  return values as SnapshotState;
}

/** What a create of this state took over, or another state may. */
export function takenOverOf(
  { installation = "", targetId = "", platformId }: SnapshotState,
  marker: string,
): TakenOver {
  return { place: [installation, targetId], marker, id: platformId };
}

/** Identifies a state's snapshot; undefined before it is taken. */
export function snapshotKey(state: Values): string | undefined {
  const known = parseSnapshotState(state);
  return known.platformId === undefined ? undefined : takenOverKey(takenOverOf(known, String(state.marker)));
}
