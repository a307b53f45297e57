import type { Consistency, SnapshotKind } from "../../platforms/contract";
import type { Duration } from "../../schema/durations";
import type { TargetInput } from "../../schema/target-input";
import type { Values } from "../shared/lifecycle";

/** Inputs of Snapshot and RecoveryPoint after check, in one shape for the lifecycle. */
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
  adoptExisting: boolean | string;
  onDestroy: "delete" | "retain";
  limits?: { warnChainDepth?: number; maxChainDepth?: number; maxAge?: Duration };
  timeouts?: { create?: Duration; read?: Duration; update?: Duration; delete?: Duration };
  marker: string;
  owner?: string;
  /** Set by a SnapshotPolicy for what it takes; no input of a program. */
  series?: string;
}

/** What the state holds besides the inputs. Everything is absent from a create that was interrupted early. */
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
  /** A revert used it up, which is no drift: it is not taken again before a trigger changes. */
  consumedAt?: string;
  desired?: DesiredText;
}

/** What the program asked the texts to be when it was last carried out. */
export interface DesiredText {
  name: string;
  /** Whether the program gave the name; otherwise snapstate made it. */
  named: boolean;
  /** Absent when the program states no description, so that a text added by hand may stay. */
  description?: string;
}

/** Reads checked inputs; RecoveryPoint's `consistency` becomes the memory and quiesce that bring it about. */
export function parseSnapshotInputs(kind: SnapshotKind, values: Values): SnapshotInputs {
  const inputs = { ...values } as unknown as SnapshotInputs & { consistency?: Consistency };
  if (kind === "snapshot") return inputs;
  return {
    ...inputs,
    memory: inputs.consistency === "memory",
    quiesce: inputs.consistency === "filesystem" ? "require" : "off",
  };
}

export function parseSnapshotState(values: Values): SnapshotState {
  return values as SnapshotState;
}
