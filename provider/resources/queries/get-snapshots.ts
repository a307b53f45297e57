import type { SnapshotKind, Target, TargetState } from "../../platforms/contract";
import { labelOfSeries } from "../../platforms/ownership";
import { describeTarget, selectorOf, type TargetInput } from "../../schema/target-input";
import { beginOperation } from "../shared/begin-operation";
import type { Context } from "../shared/lifecycle";
import { dueAt } from "../shared/marker";
import type { SnapshotsOfTarget } from "./results";

export type { SnapshotInfo, SnapshotsOfTarget } from "./results";

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

/** Finds a VM and reads its snapshots. */
export async function inspectTarget(args: QueryArgs, operation: string, context: Context): Promise<TargetState> {
  const kind = args.kind ?? "snapshot";
  const driver = context.driver(args.connection);
  const call = beginOperation("read", undefined, operation, context);
  const target = await driver.findTarget(kind, selectorOf(args.target), call);
  const state = await driver.inspect(kind, target.id, call);
  return { ...state, target: { ...target, ...state.target } };
}

/** A target's snapshots, from one read of it. */
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
