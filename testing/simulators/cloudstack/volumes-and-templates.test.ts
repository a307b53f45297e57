import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { SnapshotRow, VmRow, VolumeRow } from "./index";
import { TestCloud } from "./test-cloud";

describe("volumes and templates of the simulated CloudStack", () => {
  let cloud: TestCloud;
  let vm: VmRow;
  let root: VolumeRow;
  let snapshot: SnapshotRow;
  beforeEach(async () => {
    cloud = await TestCloud.start();
    vm = cloud.simulator.addVm({ name: "web", driver: "KVM", disks: [{ name: "data" }] });
    root = cloud.simulator.volumesOf(vm)[0] as VolumeRow;
    snapshot = cloud.simulator.addSnapshot(root, { name: "s" });
  });
  afterEach(() => cloud.close());

  const ostypeid = () => cloud.simulator.state.osTypes.filter()[0]?.id as string;

  test("the disks of a VM, by kind", async () => {
    const virtualmachineid = vm.id;
    const { volume } = await cloud.call("listVolumes", { virtualmachineid, type: "ROOT" });
    assert.deepEqual([volume[0].id, volume[0].vmname, volume[0].deviceid], [root.id, "web", 0]);
    assert.equal((await cloud.call("listVolumes", { virtualmachineid })).count, 2);
    assert.equal((await cloud.call("listVirtualMachines", { name: "we" })).count, 1, "a part of a VM's name is enough");
  });

  test("a volume from a snapshot, attached at once, detached and deleted", async () => {
    const made = await cloud.done("createVolume", { name: "copy", snapshotid: snapshot.id, virtualmachineid: vm.id });
    const { volume } = made.jobresult;
    assert.deepEqual([volume.state, volume.virtualmachineid, volume.deviceid], ["Ready", vm.id, 2]);
    const attached = await cloud.refusal("deleteVolume", { id: volume.id });
    assert.equal(attached.errortext, "Please specify a volume that is not attached to any VM.");
    const { volume: loose } = (await cloud.done("detachVolume", { id: volume.id })).jobresult;
    assert.equal("virtualmachineid" in loose, false);
    assert.deepEqual(await cloud.call("deleteVolume", { id: volume.id }), { success: true });
    assert.deepEqual(await cloud.call("listVolumes", { id: volume.id }), {});
    assert.equal((await cloud.refusal("deleteVolume", { id: volume.id })).errorcode, 431);
  });

  test("attaching to a VM with VM snapshots fails in the job, and the volume stays", async () => {
    cloud.simulator.addVmSnapshot(vm);
    const started = await cloud.call("createVolume", { name: "c", snapshotid: snapshot.id, virtualmachineid: vm.id });
    assert.equal((await cloud.job(started.jobid)).jobresultcode, 431);
    assert.equal((await cloud.call("listVolumes", { id: started.id })).volume[0].state, "Ready");
  });

  test("a snapshot that is not backed up gives neither", async () => {
    snapshot.state = "BackingUp";
    const sources = { snapshotid: snapshot.id, name: "n" };
    assert.equal((await cloud.refusal("createVolume", sources)).errorcode, 431);
    assert.equal((await cloud.refusal("createTemplate", { ...sources, ostypeid: ostypeid() })).errorcode, 431);
  });

  test("a template from a snapshot: needs a type, lives on without the snapshot, ends once", async () => {
    const missing = await cloud.refusal("createTemplate", { name: "t", snapshotid: snapshot.id });
    assert.match(missing.errortext, /missing parameter ostypeid$/);
    const made = await cloud.done("createTemplate", { name: "t", snapshotid: snapshot.id, ostypeid: ostypeid() });
    const { id } = made.jobresult.template;
    assert.equal((await cloud.done("deleteSnapshot", { id: snapshot.id })).jobstatus, 1);
    const listed = await cloud.call("listTemplates", { id, templatefilter: "self" });
    assert.deepEqual([listed.count, listed.template[0].isready], [1, true]);
    assert.match((await cloud.refusal("listTemplates", { id })).errortext, /missing parameter templatefilter$/);
    assert.deepEqual((await cloud.done("deleteTemplate", { id })).jobresult, { success: true });
    assert.deepEqual(await cloud.call("listTemplates", { id, templatefilter: "self" }), {});
    assert.equal((await cloud.refusal("deleteTemplate", { id })).errorcode, 431);
  });

  test("quotas of volumes and templates", async () => {
    cloud.simulator.account.limits.volume = 2;
    cloud.simulator.account.limits.template = 0;
    assert.match((await cloud.refusal("createVolume", { snapshotid: snapshot.id })).errortext, /Type = 'volume'/);
    const template = await cloud.refusal("createTemplate", {
      name: "t",
      snapshotid: snapshot.id,
      ostypeid: ostypeid(),
    });
    assert.deepEqual([template.errorcode, template.cserrorcode], [535, 4370]);
  });

  test("stop and start", async () => {
    const { id } = vm;
    const stopped = await cloud.done("stopVirtualMachine", { id });
    assert.equal(stopped.jobresult.virtualmachine.state, "Stopped");
    const started = await cloud.done("startVirtualMachine", { id });
    assert.equal(started.jobresult.virtualmachine.state, "Running");
  });
});
