import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { VmRow } from "./index";
import { RECORDED, type Recorded } from "./recorded";
import { type Fields, TestCloud, until } from "./test-cloud";

const UUID = /^[0-9a-f-]{36}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000$/;
const GENERATED = /^i-\d+-\d+-VM_VS_\d{14}$/;
const PATTERNS = [UUID, TIME, GENERATED];

/** Compares names, their order, and the type and format of values. */
function assertLike(actual: Fields, { body, whole }: Recorded): void {
  const expected = Object.entries(body);
  const names = Object.keys(actual);
  assert.deepEqual(whole ? names : names.slice(0, expected.length), Object.keys(body));
  for (const [name, value] of expected) {
    const pattern = PATTERNS.find((one) => typeof value === "string" && one.test(value));
    if (pattern !== undefined) assert.match(actual[name], pattern, name);
    else assert.equal(kindOf(actual[name]), kindOf(value), name);
  }
}

/** Equal to the record except for ids and times. */
function assertEqualTo(actual: Fields, recorded: Recorded): void {
  assertLike(actual, recorded);
  for (const [name, value] of Object.entries(recorded.body)) {
    if (typeof value === "string" && PATTERNS.some((one) => one.test(value))) continue;
    if (typeof value !== "object") assert.equal(actual[name], value, name);
  }
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? "array" : typeof value;
}

describe("replies of the simulated CloudStack, compared with recorded ones", () => {
  let cloud: TestCloud;
  let vm: VmRow;
  let root: string;
  before(async () => {
    cloud = await TestCloud.start({ version: "4.20.2.0" });
    vm = cloud.simulator.addVm({ name: "vm1", driver: "Simulator" });
    root = cloud.simulator.volumesOf(vm)[0]?.id as string;
  });
  after(() => cloud.close());

  test("createSnapshot: start, job, snapshot", async () => {
    const started = await cloud.call("createSnapshot", { volumeid: root, name: "snap one" });
    assertLike(started, RECORDED.started);
    const job = await cloud.job(started.jobid);
    assertEqualTo(job, RECORDED.jobOfSnapshot);
    assert.equal(job.jobinstancetype, "Snapshot");
    assert.equal(job.jobinstanceid, started.id);
    assertEqualTo(job.jobresult.snapshot, RECORDED.snapshot);
    const listed = await cloud.call("listSnapshots", { id: started.id });
    assert.deepEqual(Object.keys(listed), ["count", "snapshot"]);
    assertEqualTo(listed.snapshot[0], RECORDED.snapshot);
    assert.equal(listed.snapshot[0].revertable, false);
  });

  test("createVMSnapshot: the job does not name the VM snapshot, the list's key is in camel case", async () => {
    const first = await cloud.done("createVMSnapshot", { virtualmachineid: vm.id, name: "rp1" });
    assert.equal("parent" in first.jobresult.vmsnapshot, false);
    const second = await cloud.done("createVMSnapshot", { virtualmachineid: vm.id, name: "rp2" });
    assertEqualTo(second.jobresult.vmsnapshot, RECORDED.vmSnapshot);
    assert.equal(second.jobinstancetype, "VmSnapshot");
    assert.equal("jobinstanceid" in second, false);
    const listed = await cloud.call("listVMSnapshot", { virtualmachineid: vm.id });
    assert.deepEqual(Object.keys(listed), ["count", "vmSnapshot"]);
    assertEqualTo(listed.vmSnapshot[0], RECORDED.vmSnapshot);
    assert.equal(listed.vmSnapshot[1].current, false);
  });

  test("revertToVMSnapshot: a job without a new id, and the VM", async () => {
    const { vmsnapshot } = (
      await cloud.done("createVMSnapshot", { virtualmachineid: vm.id, name: "rp3", snapshotmemory: "true" })
    ).jobresult;
    const started = await cloud.call("revertToVMSnapshot", { vmsnapshotid: vmsnapshot.id });
    assertLike(started, RECORDED.startedNothingNew);
    assertEqualTo((await cloud.job(started.jobid)).jobresult.virtualmachine, RECORDED.virtualMachine);
  });

  test("a new volume, and a volume and a template from a snapshot", async () => {
    const { snapshot } = (await cloud.done("createSnapshot", { volumeid: root })).jobresult;
    const [offering] = cloud.simulator.state.diskOfferings.filter();
    const [zone] = cloud.simulator.state.zones.filter();
    const empty = await cloud.done("createVolume", {
      name: "d1",
      diskofferingid: offering?.id as string,
      zoneid: zone?.id as string,
    });
    assertEqualTo(empty.jobresult.volume, RECORDED.volume);
    const filled = await cloud.done("createVolume", { name: "fromsnap", snapshotid: snapshot.id });
    assertEqualTo(filled.jobresult.volume, RECORDED.volumeFromSnapshot);
    const ostypeid = "24aa048c-e56e-11f1-bf34-19a5f0c406d0";
    const template = await cloud.done("createTemplate", { name: "t1", ostypeid, snapshotid: snapshot.id });
    assertEqualTo(template.jobresult.template, RECORDED.template);
    assert.equal(snapshot.ostypeid, ostypeid, "a root volume's snapshot says which type to give");
  });

  test("a job that the server's crash has ended, and the VM snapshot that it leaves", async () => {
    const other = cloud.simulator.addVm({ name: "vm1", driver: "Simulator" });
    cloud.simulator.hold("createVMSnapshot");
    const started = await cloud.call("createVMSnapshot", { virtualmachineid: other.id, name: "slow" });
    const { state } = cloud.simulator;
    await until(() => state.vmSnapshots.get(started.id).state === "Creating");
    await cloud.simulator.crash();
    await assert.rejects(cloud.call("listZones"), { code: "ECONNREFUSED" });
    await cloud.simulator.restart();
    const job = await cloud.call("queryAsyncJobResult", { jobid: started.jobid });
    assertEqualTo(job, RECORDED.jobAfterCrash);
    const listed = await cloud.call("listVMSnapshot", { vmsnapshotid: started.id });
    assertEqualTo(listed.vmSnapshot[0], RECORDED.vmSnapshotInError);
  });

  test("nothing found is an empty object", async () => {
    assert.deepEqual(await cloud.call("listSnapshots", { name: "snap" }), {}, "names of snapshots match whole");
    assert.deepEqual(await cloud.call("listVMSnapshot", { name: "none" }), {});
  });
});
