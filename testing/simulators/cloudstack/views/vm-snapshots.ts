import type { VmSnapshotRow } from "../records";
import { ownerFields, present, tagFields, timeText } from "./common";

/** A VM snapshot as in lists and jobs: it has no size, and only `type` indicates memory. */
export function vmSnapshotView(row: VmSnapshotRow): object {
  const parent = row.parent?.removed === true || row.parent?.state === "Hidden" ? undefined : row.parent;
  return present({
    id: row.id,
    name: row.name,
    state: row.state,
    description: row.description,
    displayname: row.displayName,
    zoneid: row.vm.zone.id,
    zonename: row.vm.zone.name,
    virtualmachineid: row.vm.id,
    virtualmachinename: row.vm.name,
    parent: parent?.id,
    parentName: parent?.displayName,
    current: row.state === "Ready" || row.state === "Reverting" ? row.current : undefined,
    type: row.type,
    created: timeText(row.created),
    ...ownerFields(row),
    hypervisor: row.vm.hypervisor,
    tags: tagFields(row, "VMSnapshot"),
    hasannotations: false,
  });
}
