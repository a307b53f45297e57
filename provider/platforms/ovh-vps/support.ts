import type { Feature, Support } from "../contract";
import type { SnapshotKind } from "../contract-types";

const yes: Support = { supported: true };
const no = (reason: string, remedy: string): Support => ({ supported: false, reason, remedy });

const SNAPSHOT: Partial<Record<Feature, Support>> = {
  memory: no("snapshots the disk of a VPS and not its memory", "Omit memory"),
  quiesce: no(
    "freezes the guest's files if qemu-guest-agent runs in it, but the API does not report whether it did",
    "Use quiesce: prefer, and check the guest as checkTarget describes",
  ),
};

const READ_ONLY = "creates the restore points of a VPS itself, with the option for automated backups";

const RECOVERY_POINT: Partial<Record<Feature, Support>> = {
  create: no(READ_ONLY, "Use RecoveryPoint.get for an existing one, Restore with kind: recovery-point, or a Snapshot"),
  memory: no(READ_ONLY, "Omit consistency"),
  quiesce: no(READ_ONLY, "Omit consistency"),
  description: no(READ_ONLY, "Omit the description"),
  rename: no(READ_ONLY, "Omit the name"),
  describe: no(READ_ONLY, "Omit the description"),
};

const BOTH: Partial<Record<Feature, Support>> = {
  "remove-children": no("has snapshots without children", "Omit removeChildren"),
  "keep-disks": no("merges disks itself", "Omit consolidate"),
  consolidate: no("merges the disks of a VPS itself and has no call for it", "Remove the ConsolidationTask"),
  tree: no("keeps one snapshot, without a parent", "Omit it"),
};

/** What OVHcloud supports for a VPS. */
export function support(kind: SnapshotKind, feature: Feature): Support {
  return BOTH[feature] ?? (kind === "snapshot" ? SNAPSHOT : RECOVERY_POINT)[feature] ?? yes;
}
