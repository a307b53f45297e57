import type { Consistency, PointKind } from "../../hypervisors/contract";
import type { Duration } from "../core/durations";
import type { Values } from "../core/lifecycle";
import type { TargetInput } from "../core/target-input";

/** Inputs of Snapshot and RecoveryPoint after check, in one shape for the lifecycle. */
export interface PointInputs {
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
export interface PointState {
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
export function pointInputs(kind: PointKind, values: Values): PointInputs {
  const inputs = { ...values } as unknown as PointInputs & { consistency?: Consistency };
  if (kind === "snapshot") return inputs;
  return {
    ...inputs,
    memory: inputs.consistency === "memory",
    quiesce: inputs.consistency === "filesystem" ? "require" : "off",
  };
}

export function pointState(values: Values): PointState {
  return values as PointState;
}
