import type { Feature, Support } from "../contract";
import type { SnapshotKind } from "../contract-types";

const no = (reason: string, remedy: string): Support => ({ supported: false, reason, remedy });

const MERGES = no(
  "merges a VM snapshot's disks when it deletes it, and has no call for merging alone",
  "A VM snapshot that is stuck in Expunging is merged by deleting it again; see docs/platforms/cloudstack.md",
);

const BOTH: Partial<Record<Feature, Support>> = {
  rename: no(
    "cannot rename a snapshot",
    "Leave the name as it is, or change one of the triggers with it, which takes a new one",
  ),
  "keep-disks": MERGES,
  consolidate: MERGES,
};

const LACKING: Readonly<Record<SnapshotKind, Partial<Record<Feature, Support>>>> = {
  snapshot: {
    ...BOTH,
    memory: no(
      "takes snapshots of volumes, which have no memory",
      'Use RecoveryPoint with consistency: "memory", which is a VM snapshot',
    ),
    "remove-children": no("keeps volume snapshots as copies, each by itself", "Leave removeChildren out"),
    tree: no("keeps volume snapshots as copies, each by itself", "Use RecoveryPoint, which is a VM snapshot"),
  },
  "recovery-point": BOTH,
};

/** What CloudStack can do, without asking it. */
export function supportOf(kind: SnapshotKind, feature: Feature): Support {
  return LACKING[kind][feature] ?? { supported: true };
}
