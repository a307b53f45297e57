import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startVcsim, type Vcsim } from "./launcher";
import { RawSoap } from "./raw-soap";
import { missing, vmOf } from "./test-support";

describe("the vCenter simulator's control API", () => {
  let vcsim: Vcsim | string;
  let soap: RawSoap;
  before(async () => {
    vcsim = await startVcsim({ vms: 3, maxLevels: 4 }).catch(missing);
  });
  after(async () => {
    if (typeof vcsim !== "string") await vcsim.stop();
  });
  beforeEach(async () => {
    if (typeof vcsim === "string") return;
    await vcsim.control.rules();
    for (const vm of await vcsim.control.vms()) {
      for (const root of vm.snapshots) await vcsim.control.removeSnapshot(vm.moref, root.moref, { children: true });
    }
    soap = new RawSoap(vcsim);
    await soap.login();
  });
  const check = (name: string, run: (vcsim: Vcsim) => Promise<void>) =>
    it(name, async (t) => (typeof vcsim === "string" ? t.skip(vcsim) : run(vcsim)));

  check("counts and lists calls", async ({ control }) => {
    await control.calls({ reset: true });
    await control.journal({ reset: true });
    const vm = String((await control.vms())[0]?.moref);
    await soap.property("VirtualMachine", vm, "name");
    await soap.call("RenameSnapshot", "VirtualMachineSnapshot", "snapshot-none", "<name>x</name>");
    assert.deepEqual(await control.calls(), { RetrievePropertiesEx: 1, RenameSnapshot: 1 });
    const journal = await control.journal();
    assert.deepEqual(
      journal.map(({ n, method, object, outcome, fault }) => ({ n, method, object, outcome, fault })),
      [
        { n: 1, method: "RetrievePropertiesEx", object: "propertyCollector", outcome: "ok", fault: undefined },
        {
          n: 2,
          method: "RenameSnapshot",
          object: "snapshot-none",
          outcome: "fault",
          fault: "ManagedObjectNotFound",
        },
      ],
    );
  });

  check("makes calls and tasks fail", async (sim) => {
    const vm = await vmOf(sim);
    await sim.control.rules(
      {
        method: "CreateSnapshot_Task",
        fault: "NoPermission",
        faultFields: { privilegeId: "VirtualMachine.State.CreateSnapshot" },
        max: 1,
      },
      { method: "CreateSnapshot_Task", fault: "FileLocked", task: true, max: 1, object: vm.moref },
    );
    const denied = await soap.call("CreateSnapshot_Task", "VirtualMachine", vm.moref, "<name>x</name>");
    assert.match(denied.body, /<privilegeId>VirtualMachine.State.CreateSnapshot</);
    assert.equal(await soap.createSnapshot((await vmOf(sim, 1)).moref, "another VM"), "success");
    assert.equal(await soap.createSnapshot(vm.moref, "locked"), "FileLocked");
    assert.equal(await soap.createSnapshot(vm.moref, "free"), "success");
    assert.deepEqual(
      (await sim.control.rulesInForce()).map((rule) => rule.hits),
      [1, 1],
    );
    await assert.rejects(sim.control.rules({ method: "X", fault: "NoSuchFault" }), {
      name: "VcsimControlError",
      status: 400,
    });
  });

  check("loses requests and replies, and answers 503", async (sim) => {
    const vm = await vmOf(sim);
    await sim.control.rules({ method: "CreateSnapshot_Task", drop: "before", max: 1 });
    await assert.rejects(soap.createSnapshot(vm.moref, "never"), { code: "ECONNRESET" });
    assert.deepEqual((await vmOf(sim)).snapshots, []);
    await sim.control.rules({ method: "CreateSnapshot_Task", drop: "after", max: 1 });
    await assert.rejects(soap.createSnapshot(vm.moref, "lost"), { code: "ECONNRESET" });
    while ((await vmOf(sim)).snapshots.length === 0) await sleep(10);
    await sim.control.rules({ method: "*", http: 503, retryAfter: "1", max: 1 });
    const refused = await soap.property("VirtualMachine", vm.moref, "name");
    assert.deepEqual([refused.status, refused.headers["retry-after"]], [503, "1"]);
    assert.equal((await soap.property("VirtualMachine", vm.moref, "name")).status, 200);
  });

  check("delays calls and tasks, and lets reads through", async (sim) => {
    const vm = await vmOf(sim);
    await sim.control.delay({ taskMs: 1000 });
    const started = Date.now();
    const creating = soap.createSnapshot(vm.moref, "slow");
    await soap.property("VirtualMachine", vm.moref, "name");
    while ((await vmOf(sim)).runningTasks === 0) await sleep(10);
    await sim.control.busy("call");
    assert.equal(await soap.createSnapshot(vm.moref, "busy"), "TaskInProgress");
    assert.equal(await creating, "success");
    assert.ok(Date.now() - started >= 1000);
    await sim.control.busy("wait");
    await sim.control.delay({ taskMs: 0, callMs: 100 });
    const called = Date.now();
    await soap.property("VirtualMachine", vm.moref, "name");
    assert.ok(Date.now() - called >= 100);
    await sim.control.delay({ callMs: 0 });
  });

  check("expires sessions", async (sim) => {
    assert.ok((await sim.control.expireSessions()) >= 1);
    assert.equal(await soap.createSnapshot((await vmOf(sim)).moref, "x"), "NotAuthenticated");
  });

  check("changes snapshots by hand", async (sim) => {
    const { moref } = await vmOf(sim);
    const root = await sim.control.createSnapshot(moref, { name: "root", memory: true });
    const child = await sim.control.createSnapshot(moref, { name: "child", quiesce: true });
    await sim.control.renameSnapshot(moref, child, { name: "renamed", description: "" });
    let vm = await vmOf(sim);
    assert.deepEqual([vm.current, vm.snapshots[0]?.state], [child, "poweredOn"]);
    assert.deepEqual([vm.snapshots[0]?.children[0]?.name, vm.snapshots[0]?.children[0]?.quiesced], ["renamed", true]);
    await sim.control.revert(moref, root);
    await sim.control.removeSnapshot(moref, root);
    vm = await vmOf(sim);
    assert.deepEqual([vm.current, vm.snapshots.map((s) => s.name)], [null, ["renamed"]]);
    await assert.rejects(sim.control.removeSnapshot(moref, root), { status: 404 });
  });

  check("models quiescing, hardware and depth", async (sim) => {
    const { moref } = await vmOf(sim, 1);
    await sim.control.setQuiesce(moref, "ignored");
    assert.equal(await soap.createSnapshot(moref, "1", { quiesce: true }), "success");
    assert.equal((await vmOf(sim, 1)).snapshots[0]?.quiesced, false);
    await sim.control.setQuiesce(moref, "application");
    assert.equal(await soap.createSnapshot(moref, "2", { quiesce: true }), "ApplicationQuiesceFault");
    await sim.control.setQuiesce(moref, "real");
    await sim.control.setTools(moref, "guestToolsRunning");
    assert.equal(await soap.createSnapshot(moref, "2", { quiesce: true }), "success");
    assert.equal((await vmOf(sim, 1)).snapshots[0]?.children[0]?.quiesced, true);
    await sim.control.setHardware(moref, { diskMode: "independent_persistent" });
    assert.equal(await soap.createSnapshot(moref, "3", { memory: true }), "MemorySnapshotOnIndependentDisk");
    for (const name of ["3", "4"]) assert.equal(await soap.createSnapshot(moref, name), "success");
    assert.equal(await soap.createSnapshot(moref, "5"), "TooManySnapshotLevels");
    await sim.control.setHardware(moref, { sharedBus: "physicalSharing" });
    assert.equal(await soap.createSnapshot(moref, "5"), "SnapshotIncompatibleDeviceInVm");
  });

  check("models consolidation and space", async (sim) => {
    const { moref } = await vmOf(sim);
    const consolidate = () => soap.task("ConsolidateVMDisks_Task", "VirtualMachine", moref);
    const [datastore] = await sim.control.datastores();
    assert.ok(datastore);
    await sim.control.setConsolidationNeeded(moref, true, 2_048);
    await sim.control.setFreeSpace(datastore.name, 1_024);
    assert.equal(await consolidate(), "NoDiskSpace");
    await sim.control.setFreeSpace(datastore.moref, datastore.capacity);
    assert.equal((await vmOf(sim)).consolidationNeeded, true);
    assert.equal(await consolidate(), "success");
    assert.equal((await vmOf(sim)).consolidationNeeded, false);
  });

  check("changes VMs by hand", async (sim) => {
    const { moref, name } = await vmOf(sim);
    const clone = await sim.control.cloneVm(moref, { folder: "elsewhere" });
    const paths = (await sim.control.vms()).filter((vm) => vm.name === name).map((vm) => vm.path);
    assert.deepEqual(paths, [`/DC0/vm/${name}`, `/DC0/vm/elsewhere/${name}`]);
    await sim.control.createSnapshot(clone, { name: "goes too" });
    await sim.control.renameVm(clone, "renamed");
    await sim.control.power(clone, "suspended");
    const has = (await sim.control.vms()).find((vm) => vm.moref === clone);
    assert.deepEqual([has?.name, has?.power], ["renamed", "suspended"]);
    await sim.control.destroyVm(clone);
    assert.match((await soap.property("VirtualMachine", clone, "name")).body, /ManagedObjectNotFoundFault/);
    assert.match(
      (await soap.property("VirtualMachineSnapshot", String(has?.snapshots[0]?.moref), "config")).body,
      /ManagedObjectNotFoundFault/,
    );
  });
});
