import type { Feature, Support } from "../contract";
import type { SnapshotKind } from "../contract-types";

const yes: Support = { supported: true };
const no = (reason: string, remedy: string): Support => ({ supported: false, reason, remedy });

const SNAPSHOT: Partial<Record<Feature, Support>> = {
  memory: no("snapshots volumes, which have no memory", "Use a RecoveryPoint with consistency: memory"),
  quiesce: no("cannot quiesce volume snapshots", "Stop the instance first, or use quiesce: off"),
  description: no("stores no description of a volume snapshot", "Include it in the name"),
  rename: no("cannot rename volume snapshots", "Keep the name, or replace the snapshot by changing its triggers"),
  describe: no("cannot change a volume snapshot after its creation", "Omit adoptExisting to take a new one"),
  "remove-children": no("has volume snapshots without children", "Omit removeChildren"),
  revert: no(
    "cannot revert a volume to its snapshot",
    "Create a data volume or a template from the snapshot, or use a RecoveryPoint",
  ),
  tree: no("has volume snapshots that do not descend from each other", "Use a RecoveryPoint for a tree"),
};

const RECOVERY_POINT: Partial<Record<Feature, Support>> = {
  quiesce: no(
    "freezes the instance while it takes a recovery point but does not report whether its files were consistent",
    "Use consistency: crash or memory",
  ),
  rename: no("cannot rename recovery points", "Keep the name, or replace it by changing its triggers"),
  describe: no("cannot change the description of a recovery point", "Keep it, or replace it by changing its triggers"),
  "remove-children": no("deletes one recovery point at a time", "Omit removeChildren"),
};

const BOTH: Partial<Record<Feature, Support>> = {
  "keep-disks": no("merges disks when it deletes", "Omit consolidate"),
  consolidate: no(
    "merges on delete and has no separate consolidation",
    "Delete the recovery point; if it remains in a transient state, contact the operator of the CloudStack below",
  ),
};

/** What CloudMC supports, by its documentation. */
export function support(kind: SnapshotKind, feature: Feature): Support {
  return BOTH[feature] ?? (kind === "snapshot" ? SNAPSHOT : RECOVERY_POINT)[feature] ?? yes;
}
