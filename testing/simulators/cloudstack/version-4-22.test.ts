import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { VmRow, VolumeRow } from "./records";
import { type Fields, TestCloud, until } from "./test-cloud";

/** Behaviour observed on a real CloudStack 4.22; `recorded.test.ts` has replies of 4.20. */
describe("the simulated CloudStack 4.22", () => {
  let cloud: TestCloud;
  let vm: VmRow;
  let volume: VolumeRow;
  before(async () => {
    cloud = await TestCloud.start();
    vm = cloud.simulator.addVm({ name: "vm1", driver: "Simulator" });
    volume = cloud.simulator.volumesOf(vm)[0] as VolumeRow;
  });
  after(() => cloud.close());

  const tagged = (value: string) => ({ "tags[0].key": "k", "tags[0].value": value });
  const states = new Set<string>();
  const snapshot = async (parameters: Record<string, string> = {}) => {
    const { id, jobid } = await cloud.call("createSnapshot", { volumeid: volume.id, ...parameters });
    const row = cloud.simulator.state.snapshots.get(id);
    const job = cloud.job(jobid);
    await until(() => states.add(row.state) && row.state !== "Allocated");
    return { id, row, pending: await cloud.call("queryAsyncJobResult", { jobid }), job: await job };
  };

  test("lists a volume snapshot with fewer fields, goes through Creating, and its job's result has fewer still", async () => {
    const release = cloud.simulator.hold("createSnapshot", "creating");
    const taking = snapshot(tagged("v"));
    await until(() => states.has("Creating"));
    release();
    const { id, job } = await taking;
    const { snapshot: listed } = await cloud.call("listSnapshots", { id });
    for (const field of ["snapshottype", "osdisplayname"]) assert.ok(!(field in listed[0]), field);
    assert.deepEqual(Object.keys(listed[0].tags[0]), [
      "key",
      "value",
      "resourcetype",
      "resourceid",
      "account",
      "domainid",
      "domain",
    ]);
    assert.deepEqual(job.jobresult.snapshot.tags, [{ key: "k", value: "v" }]);
    assert.ok(!("jobid" in job.jobresult.snapshot));
  });

  test("names the server in a job that is pending, and not at its end", async () => {
    const release = cloud.simulator.hold("createSnapshot", "creating");
    const { jobid } = await cloud.call("createSnapshot", { volumeid: volume.id });
    const pending = await cloud.call("queryAsyncJobResult", { jobid });
    assert.match(pending.managementserverid, /^[0-9a-f-]{36}$/);
    assert.equal(typeof pending.managementservername, "string");
    release();
    const done = await cloud.job(jobid);
    assert.ok(!("managementserverid" in done) && !("managementservername" in done));
  });

  test("volumes and templates lack fields, and a phantom snapshot its zone", async () => {
    const made = await snapshot();
    await cloud.done("createVolume", { snapshotid: made.id, name: "copy" });
    const { volume: volumes } = await cloud.call("listVolumes");
    const unexpected = ["snapshotid", "attached", "displayvolume"];
    for (const row of volumes as Fields[]) for (const field of unexpected) assert.ok(!(field in row), field);
    const phantom = cloud.simulator.addSnapshot(volume, { state: "Allocated" });
    const { snapshot: rows } = await cloud.call("listSnapshots", { id: phantom.id });
    assert.ok(!("zoneid" in rows[0]) && !("zonename" in rows[0]));
    cloud.simulator.state.snapshots.purge(phantom.id);
  });

  test("tags hold no character of four bytes, no empty value, and are deleted only when they are there", async () => {
    const { id, row, job } = await snapshot(tagged("party 🎉"));
    assert.deepEqual([row.state, job.jobstatus, job.jobresultcode], ["BackedUp", 2, 530]);
    assert.match(job.jobresult.errortext, /^Internal error executing command/);
    const whose = { resourceids: id, resourcetype: "Snapshot" };
    assert.equal((await cloud.failed("createTags", { ...whose, ...tagged("🎉") })).errorcode, 530);
    assert.deepEqual(await cloud.refusal("createTags", { ...whose, "tags[0].key": "e", "tags[0].value": "" }), {
      uuidList: [],
      errorcode: 431,
      cserrorcode: 4350,
      errortext: "Value for the key e is either null or empty",
    });
    assert.deepEqual(await cloud.failed("deleteTags", { ...whose, "tags[0].key": "none" }), {
      errorcode: 530,
      errortext: "Failed to delete tags",
    });
  });

  test("quiescing on storage that cannot leaves the row in Allocated", async () => {
    const { jobid, id } = await cloud.call("createSnapshot", { volumeid: volume.id, quiescevm: "true" });
    assert.equal((await cloud.job(jobid)).jobstatus, 2);
    assert.equal(cloud.simulator.state.snapshots.get(id).state, "Allocated");
    cloud.simulator.state.snapshots.purge(id);
  });

  test("a running VM on KVM has VM snapshots of one kind", async () => {
    const kvm = cloud.simulator.addVm({ name: "kvm", driver: "KVM" });
    cloud.simulator.addVmSnapshot(kvm, { type: "DiskAndMemory" });
    const { errortext } = await cloud.refusal("createVMSnapshot", { virtualmachineid: kvm.id });
    assert.match(errortext, /No strategy was able to handle requested snapshot for VM \[/);
  });

  test("a hidden VM snapshot is not listed, its child looks like a root, and it counts", async () => {
    const other = cloud.simulator.addVm({ name: "hidden", driver: "KVM", powerState: "Stopped" });
    cloud.simulator.addVmSnapshot(other, { displayName: "below" }).state = "Hidden";
    const child = cloud.simulator.addVmSnapshot(other, { displayName: "above" });
    const { count, vmSnapshot } = await cloud.call("listVMSnapshot", { virtualmachineid: other.id });
    assert.deepEqual([count, vmSnapshot[0].id, vmSnapshot[0].parent], [1, child.id, undefined]);
    cloud.simulator.state.settings.vmSnapshotMax = 2;
    assert.match((await cloud.refusal("createVMSnapshot", { virtualmachineid: other.id })).errortext, /just have : 2/);
    cloud.simulator.state.settings.vmSnapshotMax = 10;
  });

  test("a volume snapshot that belongs to a VM snapshot is not removed for itself", async () => {
    const group = cloud.simulator.addSnapshot(volume, { type: "GROUP" });
    assert.match(
      (await cloud.failed("deleteSnapshot", { id: group.id })).errortext,
      /is part of a \[GROUP\] snapshots$/,
    );
  });
});
