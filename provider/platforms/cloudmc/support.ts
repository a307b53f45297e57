import type { Feature, Support } from "../contract";
import type { SnapshotKind } from "../contract-types";

const yes: Support = { supported: true };
const no = (reason: string, remedy: string): Support => ({ supported: false, reason, remedy });

const SNAPSHOT: Partial<Record<Feature, Support>> = {
  memory: no("snapshots volumes, which have no memory", "Use a RecoveryPoint with consistency: memory"),
  quiesce: no("has no quiesce for volume snapshots", "Stop the instance first, or use quiesce: off"),
  description: no("keeps no description of a volume snapshot", "Put it into the name"),
  rename: no("does not rename volume snapshots", "Keep the name, or replace the snapshot by changing its triggers"),
  describe: no("cannot write on a volume snapshot after its creation", "Leave adoptExisting out and take a new one"),
  "remove-children": no("has volume snapshots without children", "Leave removeChildren out"),
  revert: no(
    "does not revert a volume to its snapshot",
    "Make a data volume or a template from the snapshot, or use a RecoveryPoint",
  ),
  tree: no("has volume snapshots that do not descend from each other", "Use a RecoveryPoint for a tree"),
};

const RECOVERY_POINT: Partial<Record<Feature, Support>> = {
  quiesce: no(
    "freezes the instance while it takes a recovery point and does not say whether its files were consistent",
    "Use consistency: crash or memory",
  ),
  rename: no("does not rename recovery points", "Keep the name, or replace it by changing its triggers"),
  describe: no(
    "does not change the description of a recovery point",
    "Keep it, or replace it by changing its triggers",
  ),
  "remove-children": no("deletes one recovery point at a time", "Leave removeChildren out"),
};

const BOTH: Partial<Record<Feature, Support>> = {
  "keep-disks": no("merges disks when it deletes", "Leave consolidate at true"),
  consolidate: no(
    "merges on delete and has no consolidation of its own",
    "Delete the recovery point; for one that stays in a passing state, ask the operator of the CloudStack below",
  ),
};

/** What CloudMC can do, by its documents. */
export function support(kind: SnapshotKind, feature: Feature): Support {
  return BOTH[feature] ?? (kind === "snapshot" ? SNAPSHOT : RECOVERY_POINT)[feature] ?? yes;
}
