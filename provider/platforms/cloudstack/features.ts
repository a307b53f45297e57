import type { Feature, Support } from "../contract";
import type { SnapshotKind } from "../contract-types";

const no = (reason: string, remedy: string): Support => ({ supported: false, reason, remedy });

const MERGES = no(
  "merges a VM snapshot's disks when it deletes it, and has no separate call for a merge",
  "Delete a VM snapshot stuck in Expunging again to merge it; see docs/platforms/cloudstack.md",
);

const BOTH: Partial<Record<Feature, Support>> = {
  rename: no("cannot rename a snapshot", "Keep the name, or change a trigger too, which takes a new snapshot"),
  "keep-disks": MERGES,
  consolidate: MERGES,
};

const LACKING: Readonly<Record<SnapshotKind, Partial<Record<Feature, Support>>>> = {
  snapshot: {
    ...BOTH,
    memory: no(
      "takes snapshots of volumes, without memory",
      'Use RecoveryPoint with consistency: "memory", which is a VM snapshot',
    ),
    "remove-children": no("stores volume snapshots as independent copies", "Omit removeChildren"),
    tree: no("stores volume snapshots as independent copies", "Use RecoveryPoint, which is a VM snapshot"),
  },
  "recovery-point": BOTH,
};

/** What CloudStack supports. Makes no request. */
export function supportOf(kind: SnapshotKind, feature: Feature): Support {
  return LACKING[kind][feature] ?? { supported: true };
}
