import type { SnapshotRow } from "../records";
import { type CloudState, isOld } from "../state";
import { ownerFields, present, tagFields, timeText } from "./common";
import { pendingJob } from "./jobs";

/**
 * A volume snapshot as in lists, or with `inJob` as in the result of its create job. If a project owns it, it has
 * `project`, but no `projectid`.
 */
export function snapshotView(state: CloudState, row: SnapshotRow, inJob = false): object {
  // An allocated one without a job has no zone.
  const zone = isPhantom(state, row) ? undefined : row.zones[0];
  const old = isOld(state);
  return present({
    id: row.id,
    ...ownerFields(row, false),
    snapshottype: old ? row.type : undefined,
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
    ...(row.volume.type === "ROOT" && { ostypeid: OS_TYPE.id, ...(old && { osdisplayname: OS_TYPE.name }) }),
    virtualsize: row.volume.sizeBytes,
    tags: inJob ? row.tags : tagFields(row, "Snapshot", old),
    hasannotations: false,
    ...(inJob ? {} : pendingJob(state, "Snapshot", row.id)),
  });
}

function isPhantom(state: CloudState, row: SnapshotRow): boolean {
  return row.state === "Allocated" && !("jobid" in pendingJob(state, "Snapshot", row.id));
}

/** Only KVM supports it. */
export function isRevertable(row: SnapshotRow): boolean {
  return row.state === "BackedUp" && row.volume.format === "QCOW2" && row.volume.vm?.hypervisor === "KVM";
}

/** The guest OS type of every simulated root disk. */
export const OS_TYPE = { id: "24aa048c-e56e-11f1-bf34-19a5f0c406d0", name: "AlmaLinux 8" };
