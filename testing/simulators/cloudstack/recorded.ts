/*
 * Replies recorded from a real CloudStack 4.20.2 (on its own hypervisor simulator). If a record was truncated, `whole`
 * is false and this is its beginning.
 */

export interface Recorded {
  /** Whether the record is complete. */
  whole: boolean;
  body: object;
}

const OWNER = { account: "alice", domainid: "bc7da123-9476-48e8-ab7d-efe33e004d08", domain: "tenants" };
const DOMAIN_PATH = { domainpath: "/tenants/" };
const ZONE = { zoneid: "b05c8a8c-af38-4025-a45a-540dcc9c7a94", zonename: "z1" };
const VM = { virtualmachineid: "407de579-bf3c-464a-8c25-361644c7a980", virtualmachinename: "vm1" };

const JOB = {
  accountid: "bd023412-daec-4d1c-8f12-84b6e8742ff1",
  account: "alice",
  domainid: "bc7da123-9476-48e8-ab7d-efe33e004d08",
  domainpath: "ROOT/tenants",
  userid: "04f514ca-33bf-4f09-89d7-2f1dca8b2857",
};

export const RECORDED = {
  started: {
    whole: true,
    body: { id: "38f2e041-07b7-4adf-b276-dbd99bb5c9bc", jobid: "491f35b0-9d7b-4adb-83fb-c310fa242523" },
  },
  startedNothingNew: { whole: true, body: { jobid: "edb71acb-516c-4c16-acc6-ed191b566665" } },
  snapshot: {
    whole: false,
    body: {
      id: "8ea116c0-c549-461e-aa83-f9fe63bdcf5a",
      ...OWNER,
      ...DOMAIN_PATH,
      snapshottype: "MANUAL",
      volumeid: "f3a19829-2ecf-4f60-ab82-ac38020919c0",
      volumename: "ROOT-3",
      volumetype: "ROOT",
      volumestate: "Ready",
      created: "2026-11-21T05:46:34+0000",
      name: "snap one",
      intervaltype: "MANUAL",
      state: "BackedUp",
      physicalsize: 0,
      zoneid: ZONE.zoneid,
    },
  },
  vmSnapshot: {
    whole: false,
    body: {
      id: "9574bd0b-ce86-440f-b223-80116919467c",
      name: "i-4-3-VM_VS_20261121054637",
      state: "Ready",
      displayname: "rp2",
      ...ZONE,
      ...VM,
      parent: "703ec74b-7795-42b0-bd04-74f40771a495",
      parentName: "rp1",
      current: true,
      type: "Disk",
      created: "2026-11-21T05:46:37+0000",
      account: "alice",
      domainid: OWNER.domainid,
    },
  },
  vmSnapshotInError: {
    whole: true,
    body: {
      id: "9c886a1d-919a-4ff0-ad37-bd1ce6de75f9",
      name: "i-4-3-VM_VS_20261121055132",
      state: "Error",
      displayname: "slow",
      ...ZONE,
      ...VM,
      type: "Disk",
      created: "2026-11-21T05:51:32+0000",
      ...OWNER,
      ...DOMAIN_PATH,
      hypervisor: "Simulator",
      tags: [],
      hasannotations: false,
    },
  },
  virtualMachine: {
    whole: false,
    body: {
      id: VM.virtualmachineid,
      name: "vm1",
      displayname: "vm1",
      account: "alice",
      userid: "04f514ca-33bf-4f09-89d7-2f1dca8b2857",
      username: "alice",
      domainid: OWNER.domainid,
      domain: "tenants",
      ...DOMAIN_PATH,
      created: "2026-11-21T05:45:13+0000",
      lastupdated: "2026-11-21T05:45:15+0000",
      state: "Running",
      haenable: false,
      ...ZONE,
    },
  },
  volume: {
    whole: false,
    body: {
      id: "c639ea5b-8c24-45cc-96b2-fcdaf4f5ea4f",
      name: "d1",
      ...ZONE,
      type: "DATADISK",
      provisioningtype: "thin",
      size: 5368709120,
      created: "2026-11-21T05:46:41+0000",
      state: "Allocated",
      ...OWNER,
      ...DOMAIN_PATH,
      diskofferingid: "cc9abe8f-b446-4402-a50f-5ba21ce31c6b",
      diskofferingname: "Small",
    },
  },
  volumeFromSnapshot: {
    whole: false,
    body: {
      id: "cda020cd-85b6-4a76-bc41-fcec77adc2a1",
      name: "fromsnap",
      ...ZONE,
      type: "DATADISK",
      templateid: "2bc2ac2b-e56e-11f1-bf34-19a5f0c406d0",
      templatename: "CentOS 5.6 (64-bit) no GUI (Simulator)",
      templatedisplaytext: "CentOS 5.6 (64-bit) no GUI (Simulator)",
      provisioningtype: "thin",
      size: 2147483648,
    },
  },
  template: {
    whole: false,
    body: {
      id: "b9d72f51-7f0e-4839-846d-f3d33603d3c6",
      name: "t1",
      displaytext: "t1",
      ispublic: false,
      created: "2026-11-21T05:48:24+0000",
      isready: true,
      passwordenabled: false,
      format: "RAW",
      isfeatured: false,
      crossZones: false,
      ostypeid: "24aa048c-e56e-11f1-bf34-19a5f0c406d0",
      ostypename: "AlmaLinux 8",
      account: "alice",
      zoneid: ZONE.zoneid,
    },
  },
  jobOfSnapshot: {
    whole: false,
    body: {
      ...JOB,
      cmd: "org.apache.cloudstack.api.command.user.snapshot.CreateSnapshotCmd",
      jobstatus: 1,
      jobprocstatus: 0,
      jobresultcode: 0,
      jobresulttype: "object",
      jobresult: {},
    },
  },
  jobAfterCrash: {
    whole: true,
    body: {
      ...JOB,
      cmd: "org.apache.cloudstack.api.command.user.vmsnapshot.CreateVMSnapshotCmd",
      jobstatus: 2,
      jobprocstatus: 0,
      jobresultcode: 530,
      jobinstancetype: "VmSnapshot",
      managementserverid: 2130706433,
      created: "2026-11-21T05:51:32+0000",
      completed: "2026-11-21T05:52:09+0000",
      jobid: "00444b9f-62ab-4363-98fd-1c3393795b41",
    },
  },
} satisfies Record<string, Recorded>;
