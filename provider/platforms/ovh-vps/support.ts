import type { Feature, Support } from "../contract";
import type { SnapshotKind } from "../contract-types";

const yes: Support = { supported: true };
const no = (reason: string, remedy: string): Support => ({ supported: false, reason, remedy });

const SNAPSHOT: Partial<Record<Feature, Support>> = {
  memory: no("snapshots the disk of a VPS and not its memory", "Leave memory out"),
  quiesce: no(
    "freezes the guest's files when qemu-guest-agent runs in it, and its API does not say whether it did",
    "Use quiesce: prefer, and look at the guest as checkTarget advises",
  ),
};

const READ_ONLY = "makes the restore points of a VPS by itself, with the option for automated backups";

const RECOVERY_POINT: Partial<Record<Feature, Support>> = {
  create: no(
    READ_ONLY,
    "Use RecoveryPoint.get for one that is there, Restore with kind: recovery-point, or a Snapshot",
  ),
  memory: no(READ_ONLY, "Leave consistency at crash"),
  quiesce: no(READ_ONLY, "Leave consistency at crash"),
  description: no(READ_ONLY, "Leave the description out"),
  rename: no(READ_ONLY, "Leave the name out"),
  describe: no(READ_ONLY, "Leave the description out"),
};

const BOTH: Partial<Record<Feature, Support>> = {
  "remove-children": no("has snapshots without children", "Leave removeChildren out"),
  "keep-disks": no("merges disks by itself", "Leave consolidate at true"),
  consolidate: no("merges the disks of a VPS by itself and has no call for it", "Leave the ConsolidationTask out"),
  tree: no("keeps one snapshot, which descends from nothing", "Leave it out"),
};

/** What OVHcloud can do with a VPS. */
export function support(kind: SnapshotKind, feature: Feature): Support {
  return BOTH[feature] ?? (kind === "snapshot" ? SNAPSHOT : RECOVERY_POINT)[feature] ?? yes;
}
