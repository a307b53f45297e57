import type { TemplateRow, VmRow, VolumeRow, ZoneRow } from "../records";
import { type CloudState, isOld } from "../state";
import { domainFields, ownerFields, present, tagFields, timeText, whoFields } from "./common";
import { pendingJob } from "./jobs";
import { OS_TYPE } from "./snapshots";

export function vmView(state: CloudState, row: VmRow): object {
  const { account } = row;
  return present({
    id: row.id,
    name: row.name,
    displayname: row.displayName,
    ...whoFields(row),
    userid: account.userId,
    username: account.name,
    ...domainFields(row),
    created: timeText(row.created),
    lastupdated: timeText(row.updated),
    state: row.state,
    haenable: false,
    zoneid: row.zone.id,
    zonename: row.zone.name,
    hostcontrolstate: row.state === "Running" ? "Enabled" : "Offline",
    passwordenabled: false,
    serviceofferingname: "Small Instance",
    cpunumber: 1,
    memory: 512,
    guestosid: OS_TYPE.id,
    rootdeviceid: 0,
    securitygroup: [],
    nic: [],
    hypervisor: row.hypervisor,
    details: {},
    affinitygroup: [],
    isdynamicallyscalable: false,
    osdisplayname: OS_TYPE.name,
    displayvm: true,
    tags: tagFields(row, "UserVm"),
    hasannotations: false,
    ...pendingJob(state, "VirtualMachine", row.id),
  });
}

export function volumeView(state: CloudState, row: VolumeRow): object {
  return present({
    id: row.id,
    name: row.name,
    zoneid: row.zone.id,
    zonename: row.zone.name,
    type: row.type,
    deviceid: row.deviceId,
    ...(row.vm && {
      virtualmachineid: row.vm.id,
      vmname: row.vm.name,
      vmdisplayname: row.vm.displayName,
      vmstate: row.vm.state,
    }),
    ...((row.type === "ROOT" || row.snapshot?.volume.type === "ROOT") && ROOT_TEMPLATE),
    provisioningtype: "thin",
    size: row.sizeBytes,
    created: timeText(row.created),
    attached: isOld(state) && row.attached ? timeText(row.attached) : undefined,
    state: row.state,
    ...ownerFields(row),
    ...(row.offering && {
      diskofferingid: row.offering.id,
      diskofferingname: row.offering.name,
      diskofferingdisplaytext: row.offering.name,
    }),
    snapshotid: isOld(state) ? row.snapshot?.id : undefined,
    destroyed: row.state === "Destroy",
    isextractable: true,
    displayvolume: isOld(state) || undefined,
    supportsstoragesnapshot: false,
    quiescevm: row.quiesces,
    tags: tagFields(row, "Volume"),
    hasannotations: false,
    ...pendingJob(state, "Volume", row.id),
  });
}

/** The template of every root disk. */
const ROOT_TEMPLATE = {
  templateid: "2bc2ac2b-e56e-11f1-bf34-19a5f0c406d0",
  templatename: "CentOS 5.6 (64-bit) no GUI (Simulator)",
  templatedisplaytext: "CentOS 5.6 (64-bit) no GUI (Simulator)",
};

export function templateView(state: CloudState, row: TemplateRow): object {
  return {
    id: row.id,
    name: row.name,
    displaytext: row.displayText,
    ispublic: row.public,
    created: timeText(row.created),
    isready: row.ready,
    passwordenabled: row.passwordEnabled,
    format: row.format,
    isfeatured: false,
    crossZones: false,
    ostypeid: row.osType.id,
    ostypename: row.osType.name,
    ...whoFields(row),
    zoneid: row.zone.id,
    zonename: row.zone.name,
    ...(row.ready && { status: "Download Complete" }),
    ...(isOld(state) && { size: row.sizeBytes }),
    templatetype: "USER",
    hypervisor: row.hypervisor,
    ...domainFields(row),
    isextractable: false,
    tags: tagFields(row, "Template"),
    hasannotations: false,
  };
}

export function zoneView(row: ZoneRow): object {
  return {
    id: row.id,
    name: row.name,
    networktype: "Advanced",
    securitygroupsenabled: false,
    localstorageenabled: false,
    tags: [],
    hasannotations: false,
  };
}
