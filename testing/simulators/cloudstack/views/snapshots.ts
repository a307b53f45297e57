import type { SnapshotRow } from "../records";
import type { CloudState } from "../state";
import { ownerFields, present, tagFields, timeText } from "./common";
import { pendingJob } from "./jobs";

/** A volume snapshot as lists and jobs show it. What a project owns has `project`, and no `projectid`. */
export function snapshotView(state: CloudState, row: SnapshotRow): object {
  const [zone] = row.zones;
  return present({
    id: row.id,
    ...ownerFields(row, false),
    snapshottype: row.type,
    volumeid: row.volume.id,
    volumename: row.volume.name,
    volumetype: row.volume.type,
    volumestate: row.volume.state,
    created: timeText(row.created),
    name: row.name,
    intervaltype: row.type,
    locationtype: row.locationType,
    state: row.state,
    physicalsize: row.sizeBytes,
    zoneid: zone?.id,
    zonename: zone?.name,
    revertable: isRevertable(row),
    ...(row.volume.type === "ROOT" && { ostypeid: OS_TYPE.id, osdisplayname: OS_TYPE.name }),
    virtualsize: row.volume.sizeBytes,
    tags: tagFields(row, "Snapshot"),
    hasannotations: false,
    ...pendingJob(state, "Snapshot", row.id),
  });
}

/** Only KVM can. */
export function isRevertable(row: SnapshotRow): boolean {
  return row.state === "BackedUp" && row.volume.format === "QCOW2" && row.volume.vm?.hypervisor === "KVM";
}

/** The guest OS type of every root disk in the simulated cloud. */
export const OS_TYPE = { id: "24aa048c-e56e-11f1-bf34-19a5f0c406d0", name: "AlmaLinux 8" };
