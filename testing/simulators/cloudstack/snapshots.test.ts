import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { VmRow, VolumeRow } from "./index";
import { TestCloud, until } from "./test-cloud";

const MASKED = "Internal error executing command, please contact your system administrator";
const UNKNOWN = "72ef9d2b-eb7d-4ef2-93d4-59ce3d9b1939";

describe("volume snapshots of the simulated CloudStack", () => {
  let cloud: TestCloud;
  let vm: VmRow;
  let root: VolumeRow;
  let volumeid: string;
  beforeEach(async () => {
    cloud = await TestCloud.start();
    vm = cloud.simulator.addVm({ name: "web", driver: "KVM", powerState: "Stopped", disks: [{}] });
    root = cloud.simulator.volumesOf(vm)[0] as VolumeRow;
    volumeid = root.id;
  });
  afterEach(() => cloud.close());

  const stateOf = async (id: string) => (await cloud.call("listSnapshots", { id })).snapshot?.[0]?.state;

  test("Allocated, BackingUp, BackedUp; tags only at the end, the name from the start", async () => {
    const queued = cloud.simulator.hold("createSnapshot", "queued");
    const working = cloud.simulator.hold("createSnapshot", "working");
    const tags = { "tags[0].key": "k", "tags[0].value": "v" };
    const { id, jobid } = await cloud.call("createSnapshot", { volumeid, name: "s1", ...tags });
    const [allocated] = (await cloud.call("listSnapshots", { id })).snapshot;
    assert.equal(allocated.state, "Allocated");
    assert.equal(allocated.name, "s1");
    assert.deepEqual(allocated.tags, []);
    assert.deepEqual([allocated.jobid, allocated.jobstatus], [jobid, 0]);
    queued();
    await until(() => cloud.simulator.state.snapshots.get(id).state === "BackingUp");
    assert.deepEqual((await cloud.call("listSnapshots", { id })).snapshot[0].tags, []);
    const pending = await cloud.call("queryAsyncJobResult", { jobid });
    assert.equal(pending.jobstatus, 0);
    assert.equal("jobresult" in pending, false);
    working();
    assert.equal((await cloud.job(jobid)).jobstatus, 1);
    const [ready] = (await cloud.call("listSnapshots", { id })).snapshot;
    assert.equal(ready.state, "BackedUp");
    assert.equal(ready.tags[0].key, "k");
    assert.equal("jobid" in ready, false);
  });

  test("names are not unique, and one without a name is called after VM, volume and time", async () => {
    await cloud.done("createSnapshot", { volumeid, name: "twice" });
    await cloud.done("createSnapshot", { volumeid, name: "twice" });
    assert.equal((await cloud.call("listSnapshots", { name: "twice" })).count, 2);
    const { jobresult } = await cloud.done("createSnapshot", { volumeid });
    assert.match(jobresult.snapshot.name, /^web_ROOT-3_\d{14}$/);
  });

  test("refusals of createSnapshot, in the recorded words", async () => {
    assert.equal(
      (await cloud.refusal("createSnapshot")).errortext,
      "Unable to execute API command createsnapshot due to missing parameter volumeid",
    );
    const unknown = await cloud.refusal("createSnapshot", { volumeid: UNKNOWN });
    assert.deepEqual(unknown, {
      uuidList: [],
      errorcode: 431,
      cserrorcode: 9999,
      errortext:
        `Unable to execute API command createsnapshot due to invalid value. Invalid parameter volumeid value=${UNKNOWN} ` +
        "due to incorrect long value format, or entity does not exist or due to incorrect parameter annotation for the " +
        "field in api cmd class.",
    });
    assert.equal(
      (await cloud.refusal("createSnapshot", { volumeid, name: "x".repeat(256) })).errortext,
      "Unable to execute API command createsnapshot due to invalid value. Value greater than max allowed length 255 for param: snapshotName",
    );
    const location = await cloud.refusal("createSnapshot", { volumeid, locationtype: "primary" });
    assert.deepEqual(
      [location.errorcode, location.cserrorcode, location.errortext],
      [431, 4350, "VolumeId: 3 LocationType is supported only for managed storage"],
    );
    const loose = cloud.simulator.addVolume({ name: "d1" });
    const allocated = await cloud.refusal("createSnapshot", { volumeid: loose.id });
    assert.equal(
      allocated.errortext,
      `Volume: Volume {"id":5,"instanceId":null,"name":"d1","uuid":"${loose.id}","volumeType":"DATADISK"} is not in ` +
        "Ready state but Allocated. Cannot take snapshot.",
    );
  });

  test("the quota: 535, before anything is there", async () => {
    cloud.simulator.account.limits.snapshot = 1;
    await cloud.done("createSnapshot", { volumeid });
    const refused = await cloud.refusal("createSnapshot", { volumeid });
    assert.deepEqual(refused, {
      uuidList: [],
      errorcode: 535,
      cserrorcode: 4370,
      errortext:
        "Maximum amount of resources of Type = 'snapshot', tag = 'null' for Account Name = alice in Domain Id = 2 is " +
        "exceeded: Account Resource Limit = 1, Current Account Resource Amount = 1, Current Account Resource Reservation " +
        "= 0, Requested Resource Amount = 1.",
    });
    const [first] = cloud.simulator.state.snapshots.filter();
    await cloud.done("deleteSnapshot", { id: first?.id as string });
    assert.equal((await cloud.done("createSnapshot", { volumeid })).jobstatus, 1, "a deleted one does not count");
  });

  test("while a VM snapshot is taken: a masked 530 for tenants, the reason for admins", async () => {
    const root = cloud.simulator.addAccount({ name: "admin", role: "Admin" });
    const release = cloud.simulator.hold("createVMSnapshot");
    const { id } = await cloud.call("createVMSnapshot", { virtualmachineid: vm.id });
    await until(() => cloud.simulator.state.vmSnapshots.get(id).state === "Creating");
    const refused = await cloud.refusal("createSnapshot", { volumeid });
    assert.deepEqual([refused.errorcode, refused.cserrorcode, refused.errortext], [530, 4250, MASKED]);
    const plain = await cloud.refusal("createSnapshot", { volumeid }, root);
    assert.match(plain.errortext, /There is other active vm snapshot tasks/);
    release();
  });

  test("two at once on one VM: refused on KVM, done on others", async () => {
    const other = cloud.simulator.volumesOf(vm)[1]?.id as string;
    cloud.simulator.hold("createSnapshot");
    const { id } = await cloud.call("createSnapshot", { volumeid });
    await until(() => cloud.simulator.state.snapshots.get(id).state === "BackingUp");
    const refused = await cloud.refusal("createSnapshot", { volumeid: other });
    assert.deepEqual([refused.errorcode, refused.cserrorcode], [431, 4350]);
    vm.hypervisor = "Simulator";
    assert.equal((await cloud.raw("createSnapshot", { volumeid: other })).status, 200);
  });

  test("KVM without kvm.snapshot.enabled: masked for a running VM, and the capability says so", async () => {
    cloud.simulator.state.settings.kvmSnapshotEnabled = false;
    vm.state = "Running";
    assert.equal((await cloud.call("listCapabilities")).capability.kvmsnapshotenabled, false);
    assert.equal((await cloud.refusal("createSnapshot", { volumeid })).errortext, MASKED);
    vm.state = "Stopped";
    assert.equal((await cloud.done("createSnapshot", { volumeid })).jobstatus, 1);
  });

  test("a failure on primary leaves a row in Error, a failure of the backup none", async () => {
    const error = {
      errorcode: 530,
      errortext: `Failed to create snapshot due to an internal error creating snapshot for volume ${volumeid}`,
    };
    cloud.simulator.failNext("createSnapshot", "primary");
    const first = await cloud.call("createSnapshot", { volumeid });
    assert.deepEqual((await cloud.job(first.jobid)).jobresult, error);
    assert.equal(await stateOf(first.id), "Error");
    cloud.simulator.failNext("createSnapshot", "backup");
    const second = await cloud.call("createSnapshot", { volumeid });
    assert.deepEqual((await cloud.job(second.jobid)).jobresult, error);
    assert.equal(await stateOf(second.id), undefined);
  });

  test("delete: an empty list afterwards, and a second delete fails in its job", async () => {
    const { id, jobid } = await cloud.call("createSnapshot", { volumeid, name: "snap one" });
    await cloud.job(jobid);
    assert.deepEqual((await cloud.done("deleteSnapshot", { id })).jobresult, { success: true });
    assert.deepEqual(await cloud.call("listSnapshots", { id }), {});
    const again = await cloud.failed("deleteSnapshot", { id });
    assert.deepEqual(again, {
      errorcode: 431,
      errortext: `Snapshot [Snapshot {"id":1,"name":"snap one","uuid":"${id}","version":"2.2","volumeId":3}] is already destroyed`,
    });
    cloud.simulator.collectGarbage();
    assert.match((await cloud.refusal("listSnapshots", { id })).errortext, /entity does not exist/);
  });

  test("revert: only with the VM stopped, without VM snapshots, on KVM", async () => {
    const { id, jobid } = await cloud.call("createSnapshot", { volumeid });
    await cloud.job(jobid);
    assert.equal((await cloud.done("revertSnapshot", { id })).jobstatus, 1);
    vm.state = "Running";
    assert.deepEqual(await cloud.failed("revertSnapshot", { id }), {
      errorcode: 431,
      errortext: "The VM the specified disk is attached to is not in the shutdown state.",
    });
    vm.state = "Stopped";
    const point = cloud.simulator.addVmSnapshot(vm);
    assert.deepEqual(await cloud.failed("revertSnapshot", { id }), {
      errorcode: 431,
      errortext: "Unable to revert snapshot for VM, please remove VM snapshots before reverting VM from snapshot",
    });
    point.removed = true;
    vm.hypervisor = "VMware";
    const refused = await cloud.failed("revertSnapshot", { id });
    assert.equal(refused.errorcode, 530);
    assert.match(refused.errortext, /because this command is supported only for KVM hypervisor$/);
  });

  test("a crash during the backup: Error without tags, later gone for good", async () => {
    cloud.simulator.hold("createSnapshot");
    const tags = { "tags[0].key": "k", "tags[0].value": "v" };
    const { id, jobid } = await cloud.call("createSnapshot", { volumeid, name: "kvol", ...tags });
    await until(() => cloud.simulator.state.snapshots.get(id).state === "BackingUp");
    await cloud.simulator.crash();
    await cloud.simulator.restart();
    const job = await cloud.call("queryAsyncJobResult", { jobid });
    assert.deepEqual([job.jobstatus, job.jobresultcode, "jobresult" in job], [2, 530, false]);
    const [row] = (await cloud.call("listSnapshots", { id })).snapshot;
    assert.deepEqual([row.state, row.name, row.tags], ["Error", "kvol", []]);
    cloud.simulator.collectGarbage();
    assert.equal((await cloud.refusal("listSnapshots", { id })).errorcode, 431);
  });

  test("a crash before the job is written: the row is there, the answer and the job are not", async () => {
    cloud.simulator.crashDuring("createSnapshot", "allocated");
    const customjobid = "0b1f2c56-9d27-4f64-8f5e-3e8a3a0f0001";
    await assert.rejects(cloud.raw("createSnapshot", { volumeid, name: "lost", customjobid }));
    await cloud.simulator.restart();
    assert.equal((await cloud.refusal("queryAsyncJobResult", { jobid: customjobid })).errorcode, 431);
    const [row] = (await cloud.call("listSnapshots", { name: "lost" })).snapshot;
    assert.equal(row.state, "Allocated");
    assert.equal((await cloud.done("deleteSnapshot", { id: row.id })).jobstatus, 1, "such a one can be deleted");
  });
});
