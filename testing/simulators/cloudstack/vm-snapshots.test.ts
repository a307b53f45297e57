import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { VmRow, VolumeRow } from "./index";
import { type Fields, TestCloud, until } from "./test-cloud";

const PREFIX = "Failed to create vm snapshot: ";
const BUSY = "There is other active vm snapshot tasks on the instance, please try again later";

describe("VM snapshots of the simulated CloudStack", () => {
  let cloud: TestCloud;
  let vm: VmRow;
  let virtualmachineid: string;
  beforeEach(async () => {
    cloud = await TestCloud.start();
    vm = cloud.simulator.addVm({ name: "web", driver: "Simulator" });
    virtualmachineid = vm.id;
  });
  afterEach(() => cloud.close());

  const take = async (parameters: Record<string, string> = {}): Promise<Fields> => {
    const job = await cloud.done("createVMSnapshot", { virtualmachineid, ...parameters });
    assert.equal(job.jobstatus, 1, JSON.stringify(job));
    return job.jobresult.vmsnapshot;
  };
  const refusal = (parameters: Record<string, string> = {}) =>
    cloud.refusal("createVMSnapshot", { virtualmachineid, ...parameters });
  const states = async () => {
    const { vmSnapshot = [] } = await cloud.call("listVMSnapshot", { virtualmachineid });
    return vmSnapshot.map((row: Fields) => [row.displayname, row.state]);
  };
  const tree = async () => {
    const { vmSnapshot = [] } = await cloud.call("listVMSnapshot", { virtualmachineid });
    return vmSnapshot.map((row: Fields) => [row.displayname, row.current, row.parentName]);
  };

  test("a tree: current, parent, revert, and what a delete leaves", async () => {
    await take({ name: "m0", snapshotmemory: "true" });
    const middle = await take({ name: "m1" });
    await take({ name: "m2" });
    assert.deepEqual(await tree(), [
      ["m2", true, "m1"],
      ["m1", false, "m0"],
      ["m0", false, undefined],
    ]);
    const [first] = cloud.simulator.state.vmSnapshots.filter();
    await cloud.done("revertToVMSnapshot", { vmsnapshotid: first?.id as string });
    assert.deepEqual(
      (await tree()).map((row: unknown[]) => row[1]),
      [false, false, true],
    );
    await cloud.done("deleteVMSnapshot", { vmsnapshotid: middle.id });
    assert.deepEqual(await tree(), [
      ["m2", false, "m0"],
      ["m0", true, undefined],
    ]);
    await cloud.done("deleteVMSnapshot", { vmsnapshotid: first?.id as string });
    assert.deepEqual(await tree(), [["m2", false, undefined]]);
  });

  test("names are not unique, name and description are there from the start", async () => {
    await take({ name: "rp1" });
    cloud.simulator.hold("createVMSnapshot", "queued");
    await cloud.call("createVMSnapshot", { virtualmachineid, name: "rp1", description: "second" });
    const { vmSnapshot } = await cloud.call("listVMSnapshot", { name: "rp1" });
    assert.deepEqual(
      vmSnapshot.map((row: Fields) => [row.state, row.description]),
      [
        ["Allocated", "second"],
        ["Ready", undefined],
      ],
    );
    assert.equal(
      (await refusal({ name: "x".repeat(256) })).errortext,
      "Unable to execute API command createvmsnapshot due to invalid value. Value greater than max allowed length 255 for param: displayName",
    );
  });

  test("the power state: memory needs a running VM, and a revert the state that fits", async () => {
    const disk = await take({ name: "disk" });
    const memory = await take({ name: "memory", snapshotmemory: "true" });
    const revert = (row: Fields) => cloud.failed("revertToVMSnapshot", { vmsnapshotid: row.id });
    const errortext =
      "VM Snapshot revert not allowed. This will result in VM state change. You can revert running VM to disk and " +
      "memory type snapshot and stopped VM to disk type snapshot";
    assert.deepEqual(await revert(disk), { errorcode: 431, errortext });
    await cloud.done("stopVirtualMachine", { id: virtualmachineid });
    assert.deepEqual(await revert(memory), { errorcode: 431, errortext });
    assert.equal((await cloud.done("revertToVMSnapshot", { vmsnapshotid: disk.id })).jobstatus, 1);
    assert.deepEqual(await refusal({ snapshotmemory: "true" }), {
      uuidList: [],
      errorcode: 530,
      cserrorcode: 4350,
      errortext: `${PREFIX}Can not snapshot memory when VM is not in Running state`,
    });
    vm.state = "Destroyed";
    assert.equal(
      (await refusal()).errortext,
      `${PREFIX}Creating vm snapshot failed due to VM:3 is not in the running or Stopped state`,
    );
  });

  test("ten on a VM, and not one more", async () => {
    for (let number = 1; number <= 10; number++) cloud.simulator.addVmSnapshot(vm, { displayName: `m${number}` });
    assert.deepEqual(await refusal(), {
      uuidList: [],
      errorcode: 530,
      cserrorcode: 4250,
      errortext: `${PREFIX}Creating vm snapshot failed due to a VM can just have : 10 VM snapshots. Please delete old ones`,
    });
    assert.equal((await states()).length, 10, "the oldest was not removed");
  });

  test("while another one is taken, nothing else is possible", async () => {
    const ready = await take({ name: "ready", snapshotmemory: "true" });
    cloud.simulator.hold("createVMSnapshot");
    const { id } = await cloud.call("createVMSnapshot", { virtualmachineid, name: "slow" });
    await until(() => cloud.simulator.state.vmSnapshots.get(id).state === "Creating");
    const refused = await refusal();
    assert.deepEqual([refused.errorcode, refused.cserrorcode, refused.errortext], [530, 4250, PREFIX + BUSY]);
    for (const command of ["deleteVMSnapshot", "revertToVMSnapshot"]) {
      const error = await cloud.failed(command, { vmsnapshotid: ready.id });
      assert.deepEqual(error, { errorcode: 431, errortext: BUSY });
    }
  });

  test("while a volume snapshot is backed up", async () => {
    const [root] = cloud.simulator.volumesOf(vm) as [VolumeRow];
    cloud.simulator.addSnapshot(root, { state: "BackingUp" });
    assert.equal(
      (await refusal()).errortext,
      `${PREFIX}There is other active volume snapshot tasks on the instance to which the volume is attached, please try again later.`,
    );
  });

  test("a failed create leaves Error, a failed delete leaves Expunging and may be repeated", async () => {
    cloud.simulator.failNext("createVMSnapshot");
    const started = await cloud.call("createVMSnapshot", { virtualmachineid, name: "willfail" });
    const job = await cloud.job(started.jobid);
    assert.equal(job.jobresultcode, 530);
    assert.ok(job.jobresult.errortext.startsWith(`${PREFIX}[VMSnapshot {"id":1,"name":"i-2-3-VM_VS_`));
    assert.deepEqual(await states(), [["willfail", "Error"]]);
    cloud.simulator.failNext("deleteVMSnapshot");
    const failed = await cloud.failed("deleteVMSnapshot", { vmsnapshotid: started.id });
    assert.deepEqual(failed, { errorcode: 530, errortext: "Failed to delete vm snapshot" });
    assert.deepEqual(await states(), [["willfail", "Expunging"]]);
    assert.equal((await refusal()).errortext, PREFIX + BUSY);
    assert.equal((await cloud.done("deleteVMSnapshot", { vmsnapshotid: started.id })).jobstatus, 1);
    assert.deepEqual(await cloud.call("listVMSnapshot", { vmsnapshotid: started.id }), {});
    const third = await cloud.refusal("deleteVMSnapshot", { vmsnapshotid: started.id });
    assert.deepEqual(
      [third.errorcode, third.cserrorcode, third.errortext],
      [431, 4350, "Unable to find UUID for id [1] of type [VMSnapshot]"],
    );
  });

  test("a second create with the same customjobid leaves an Allocated one, which blocks the VM for ever", async () => {
    const customjobid = "c89d239c-89a6-4d3f-a8e3-d92a302742d7";
    const { id, jobid } = await cloud.call("createVMSnapshot", { virtualmachineid, name: "cjvm", customjobid });
    assert.equal(jobid, customjobid);
    await cloud.job(customjobid);
    const refused = await refusal({ name: "cjvm", customjobid });
    assert.deepEqual(
      [refused.errorcode, refused.cserrorcode, refused.errortext],
      [530, 9999, "Internal error executing command, please contact your system administrator"],
    );
    const phantom = [
      ["cjvm", "Allocated"],
      ["cjvm", "Ready"],
    ];
    assert.deepEqual(await states(), phantom);
    const [row] = cloud.simulator.state.vmSnapshots.filter(({ state }) => state === "Allocated");
    const name = row?.name;
    assert.deepEqual(await cloud.failed("deleteVMSnapshot", { vmsnapshotid: row?.id as string }), {
      errorcode: 431,
      errortext: `Can't delete the vm snapshotshot VMSnapshot {"id":2,"name":"${name}","uuid":"${row?.id}","vmId":3} due to it is not in Created or Error, or Expunging State`,
    });
    assert.equal((await cloud.failed("deleteVMSnapshot", { vmsnapshotid: id })).errortext, BUSY);
    assert.equal((await refusal()).errortext, PREFIX + BUSY);
    await cloud.simulator.crash();
    await cloud.simulator.restart();
    assert.deepEqual(await states(), phantom);
    const [root] = cloud.simulator.volumesOf(vm) as [VolumeRow];
    assert.equal((await cloud.done("createSnapshot", { volumeid: root.id })).jobstatus, 1, "but not volume snapshots");
  });

  test("a crash before the job is written leaves the same", async () => {
    cloud.simulator.crashDuring("createVMSnapshot", "allocated");
    await assert.rejects(cloud.raw("createVMSnapshot", { virtualmachineid, name: "lost" }));
    await cloud.simulator.restart();
    assert.deepEqual(await states(), [["lost", "Allocated"]]);
    assert.equal((await refusal()).errortext, PREFIX + BUSY);
  });

  test("a crash after the server accepted: no answer, and the job can be asked for by the client's own id", async () => {
    cloud.simulator.crashDuring("createVMSnapshot", "accepted");
    const customjobid = "c89d239c-89a6-4d3f-a8e3-d92a302742d8";
    await assert.rejects(cloud.raw("createVMSnapshot", { virtualmachineid, name: "lost", customjobid }));
    await cloud.simulator.restart();
    const job = await cloud.call("queryAsyncJobResult", { jobid: customjobid });
    assert.deepEqual([job.jobstatus, job.jobresultcode], [2, 530]);
  });

  test("a crash before a delete has begun: Ready again", async () => {
    const { id } = await take();
    cloud.simulator.hold("deleteVMSnapshot", "queued");
    const { jobid } = await cloud.call("deleteVMSnapshot", { vmsnapshotid: id });
    await cloud.simulator.crash();
    await cloud.simulator.restart();
    assert.equal((await cloud.call("queryAsyncJobResult", { jobid })).jobstatus, 2);
    assert.equal((await states())[0][1], "Ready");
  });
});
