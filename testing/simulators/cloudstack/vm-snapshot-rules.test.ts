import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { VmRow, VolumeRow } from "./index";
import { TestCloud } from "./test-cloud";

const PREFIX = "Failed to create vm snapshot: ";

describe("what excludes VM snapshots, and what they exclude", () => {
  let cloud: TestCloud;
  let vm: VmRow;
  let virtualmachineid: string;
  beforeEach(async () => {
    cloud = await TestCloud.start();
    vm = cloud.simulator.addVm({ name: "web", driver: "Simulator" });
    virtualmachineid = vm.id;
  });
  afterEach(() => cloud.close());

  const list = async () => (await cloud.call("listVMSnapshot", { virtualmachineid })).vmSnapshot ?? [];

  test("KVM's rules", async () => {
    const { settings } = cloud.simulator.state;
    const kvm = cloud.simulator.addVm({ name: "kvm", driver: "KVM", disks: [{ format: "QCOW2" }] });
    const text = async (parameters: Record<string, string> = {}) =>
      (await cloud.refusal("createVMSnapshot", { virtualmachineid: kvm.id, ...parameters })).errortext;
    settings.kvmVmStorageSnapshotEnabled = false;
    assert.match(await text(), /running KVM instance without memory is not supported$/);
    const [root, data] = cloud.simulator.volumesOf(kvm) as [VolumeRow, VolumeRow];
    data.format = "RAW";
    assert.match(await text({ snapshotmemory: "true" }), /KVM does not support the type of snapshot requested$/);
    data.format = "QCOW2";
    root.encrypted = true;
    assert.match(await text({ snapshotmemory: "true" }), /encrypted root volumes$/);
    root.encrypted = false;
    kvm.vgpu = true;
    assert.match(await text({ snapshotmemory: "true" }), /vGPU/);
    kvm.vgpu = false;
    settings.kvmFileBasedVmSnapshots = true;
    const beside = cloud.simulator.addSnapshot(root);
    assert.match(await text(), /KVM does not support/);
    beside.removed = true;
    const { jobstatus } = await cloud.done("createVMSnapshot", { virtualmachineid: kvm.id });
    assert.equal(jobstatus, 1);
    assert.equal((await cloud.refusal("createSnapshot", { volumeid: root.id })).errorcode, 530);
  });

  test("quiesce without a guest agent fails in the job", async () => {
    vm.guestAgent = false;
    const { jobstatus } = await cloud.done("createVMSnapshot", { virtualmachineid, quiescevm: "true" });
    assert.equal(jobstatus, 2);
    assert.equal((await list())[0].state, "Error");
    vm.guestAgent = true;
    assert.equal((await cloud.done("createVMSnapshot", { virtualmachineid, quiescevm: "true" })).jobstatus, 1);
  });

  test("a VM with VM snapshots takes no further volume", async () => {
    await cloud.done("createVMSnapshot", { virtualmachineid });
    const volume = cloud.simulator.addVolume({ name: "d1" });
    assert.deepEqual(await cloud.failed("attachVolume", { id: volume.id, virtualmachineid }), {
      errorcode: 431,
      errortext: `Unable to attach volume to VM i-2-3-VM/${vm.id}, please specify a VM that does not have VM snapshots`,
    });
  });

  test("newer servers word it differently", async () => {
    cloud.simulator.state.settings.wording = "instance";
    cloud.simulator.addVmSnapshot(vm, { state: "Creating" });
    const { errortext } = await cloud.refusal("createVMSnapshot", { virtualmachineid });
    assert.equal(
      errortext,
      `${PREFIX}There are other active Instance Snapshot tasks on the Instance, please try again later`,
    );
  });
});
