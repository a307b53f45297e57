import type { SnapshotKind, Target, TargetState } from "../../platforms/contract";
import { labelOfSeries } from "../../platforms/ownership";
import { describeTarget, selectorOf, type TargetInput } from "../../schema/target-input";
import { beginOperation } from "../shared/begin-operation";
import type { Context } from "../shared/lifecycle";
import { dueAt } from "../shared/marker";

/** One snapshot of a VM, as {@link getSnapshots} lists it. */
export interface SnapshotInfo {
  /** The platform's id. */
  id: string;
  name: string;
  /** Without snapstate's marker. */
  description: string;
  /** ISO 8601, UTC. */
  createdAt: string;
  /** Empty on a root. */
  parentId: string;
  isCurrent: boolean;
  /** Snapshots from the root to this one, itself included. */
  depth: number;
  consistency: string;
  powerState: string;
  /** Absent where the platform does not tell. */
  sizeBytes?: number;
  /** The platform's word for why it cannot be used; absent on one that can. */
  failed?: string;
  /** What to know before a revert to it: disks that it does not cover, images that lie above it. Absent when there is nothing. */
  caveats?: string[];
  /** Carries the marker of a snapstate resource; otherwise it is foreign. */
  managed: boolean;
  /** When it is due for removal, ISO 8601, as its resource has written it down; absent when it never is. */
  expiresAt?: string;
  /** On hold, as its resource has written it down. */
  hold: boolean;
  /** Label of the SnapshotPolicy whose series it is of; absent when it is of none. */
  series?: string;
}

export interface SnapshotsOfTarget {
  targetId: string;
  targetName: string;
  /** Empty where the platform has no paths. */
  targetPath: string;
  consolidationNeeded: boolean;
  /** Disks on delta files that no snapshot accounts for, although the platform asks for no consolidation. */
  unexplainedDisks: string[];
  /** Parents before children. */
  snapshots: SnapshotInfo[];
}

export interface QueryArgs {
  connection: string;
  target: TargetInput;
  kind?: SnapshotKind;
}

/** The tree of a VM's snapshots, managed and foreign. Changes nothing. */
export async function getSnapshots(args: QueryArgs, context: Context): Promise<SnapshotsOfTarget> {
  const state = await inspectTarget(args, `list the snapshots of ${describeTarget(args.target)}`, context);
  return snapshotsOf(state);
}

/** Looks a VM up, and at its snapshots. */
export async function inspectTarget(args: QueryArgs, operation: string, context: Context): Promise<TargetState> {
  const kind = args.kind ?? "snapshot";
  const driver = context.driver(args.connection);
  const call = beginOperation("read", undefined, operation, context);
  const target = await driver.findTarget(kind, selectorOf(args.target), call);
  const state = await driver.inspect(kind, target.id, call);
  return { ...state, target: { ...target, ...state.target } };
}

/** What one read of a target tells of its snapshots. */
export function snapshotsOf(state: TargetState, found: Target = state.target): SnapshotsOfTarget {
  return {
    targetId: state.target.id,
    targetName: state.target.name,
    targetPath: state.target.path ?? found.path ?? "",
    consolidationNeeded: state.consolidationNeeded ?? false,
    unexplainedDisks: state.unexplainedDisks ?? [],
    snapshots: state.snapshots.map(
      ({ ownership, parentId, restoreNote: _, abandoned: __, revertable: ___, ...snapshot }) => {
        const expiresAt = dueAt(ownership, snapshot.createdAt);
        return {
          ...snapshot,
          parentId: parentId ?? "",
          managed: ownership !== undefined,
          ...(expiresAt === undefined ? {} : { expiresAt }),
          hold: ownership?.hold ?? false,
          ...(ownership?.series === undefined ? {} : { series: labelOfSeries(ownership.series) }),
        };
      },
    ),
  };
}
