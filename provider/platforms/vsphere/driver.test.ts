import assert from "node:assert/strict";
import { after, afterEach, before, describe, it, type TestContext } from "node:test";
import { inspect } from "node:util";
import { type TestCall, testCall } from "../../../testing/contract/call";
import { failure } from "../../../testing/contract/failure";
import { snapshotsOf, vcsimDriver } from "../../../testing/contract/vcsim-driver";
import { until } from "../../../testing/platforms/harness";
import { HeldClock } from "../../../testing/support/held-clock";
import { startVcsim, type Vcsim, type VcsimVm } from "../../../testing/vcsim/launcher";
import { missing } from "../../../testing/vcsim/test-support";
import type { VsphereDriver } from "./driver";

const KIND = "snapshot";

describe("the vSphere driver on the simulator", () => {
  let vcsim: Vcsim | string;
  let unused: VcsimVm[];

  before(async () => {
    vcsim = await startVcsim({ vms: 40, quotedCookie: true }).catch(missing);
    if (typeof vcsim !== "string") unused = await vcsim.control.vms();
  });
  afterEach(async () => {
    if (typeof vcsim === "string") return;
    await vcsim.control.rules();
    await vcsim.control.delay({ callMs: 0, taskMs: 0 });
    await vcsim.control.busy("wait");
  });
  after(async () => {
    if (typeof vcsim !== "string") await vcsim.stop();
  });

  const untilRunning = (control: Vcsim["control"], { moref }: VcsimVm) =>
    until(async () => (await control.vms()).some((vm) => vm.moref === moref && vm.runningTasks > 0));

  interface Bench {
    sim: Vcsim;
    control: Vcsim["control"];
    driver: VsphereDriver;
    vm: VcsimVm;
    create(name?: string, call?: TestCall, vmId?: string): Promise<{ snapshotId: string }>;
  }

  function on(title: string, run: (bench: Bench) => Promise<void>, settings: Record<string, unknown> = {}): void {
    it(title, async (t: TestContext) => {
      if (typeof vcsim === "string") return t.skip(vcsim);
      const driver = vcsimDriver(vcsim, settings);
      const vm = unused.shift();
      assert.ok(vm, "the simulator has too few VMs");
      const create = (name = "one", call = testCall(), vmId = vm.moref) =>
        driver.createSnapshot(KIND, vmId, { name, description: "", memory: false }, call);
      try {
        await run({ sim: vcsim, control: vcsim.control, driver, vm, create });
      } finally {
        await driver.close();
      }
    });
  }

  on(
    "logs in again, once, in the middle of a run, and makes nothing twice",
    async ({ sim, control, driver, vm, create }) => {
      const others = unused.splice(0, 3);
      await create("before");
      await control.calls({ reset: true });
      await control.expireSessions();
      await Promise.all([
        create("after"),
        ...others.map((other) => create("after", testCall(), other.moref)),
        driver.inspect(KIND, vm.moref, testCall()),
        driver.findTarget(KIND, { by: "name", value: vm.name }, testCall()),
      ]);
      const calls = await control.calls();
      assert.equal(calls.Login, 1);
      assert.equal((await snapshotsOf(sim, vm.moref)).length, 2);
      for (const other of others) assert.equal((await snapshotsOf(sim, other.moref)).length, 1);
    },
  );

  on("never reads the end of a session as the absence of anything", async ({ control, driver, vm, create }) => {
    await create();
    for (const read of [
      async () => assert.equal((await driver.inspect(KIND, vm.moref, testCall())).snapshots.length, 1),
      async () => assert.ok(await driver.findTarget(KIND, { by: "name", value: vm.name }, testCall())),
      async () => assert.ok(await driver.findTarget(KIND, { by: "path", value: vm.path }, testCall())),
    ]) {
      assert.ok((await control.expireSessions()) > 0);
      await read();
    }
    await control.delay({ taskMs: 300 });
    const creating = create("two");
    await untilRunning(control, vm);
    await control.expireSessions();
    await creating;
    assert.equal((await driver.inspect(KIND, vm.moref, testCall())).snapshots.length, 2);
  });

  it("names the user whose password is wrong, and not the password", async (t) => {
    if (typeof vcsim === "string") return t.skip(vcsim);
    const driver = vcsimDriver(vcsim, { password: "quite-another-password" });
    await vcsim.control.calls({ reset: true });
    const tries = [1, 2, 3].map(() => failure(driver.inspect(KIND, "vm-1", testCall()), "auth"));
    for (const error of await Promise.all(tries)) {
      assert.match(error.message, new RegExp((vcsim as Vcsim).username));
      assert.doesNotMatch(inspect(error, { depth: 10 }), /quite-another-password/);
    }
    assert.equal((await vcsim.control.calls()).Login, 1);
    await driver.close();
  });

  on("knows that a VM is gone by ManagedObjectNotFound alone", async ({ control, driver, vm }) => {
    await driver.inspect(KIND, vm.moref, testCall());
    await control.destroyVm(vm.moref);
    const error = await failure(driver.inspect(KIND, vm.moref, testCall()), "not-found");
    assert.equal(error.code, "ManagedObjectNotFound");
    await control.rules({ method: "RetrievePropertiesEx", skip: 1, fault: "NoPermission" });
    await failure(driver.inspect(KIND, vm.moref, testCall()), "permission");
    const collector = { type: "PropertyCollector", value: "session-collector" };
    const another = { fault: "ManagedObjectNotFound", faultFields: { obj: collector } };
    await control.rules({ method: "RetrievePropertiesEx", skip: 1, ...another });
    const unproven = await failure(driver.inspect(KIND, vm.moref, testCall()), "protocol");
    assert.match(unproven.message, /did not report that it does not exist/);
  });

  on("falls back to CreateSnapshot_Task on a server that is older", async ({ sim, control, vm, create }) => {
    await control.rules({ method: "CreateSnapshotEx_Task", fault: "MethodNotFound" });
    await control.calls({ reset: true });
    await create("old");
    const calls = await control.calls();
    assert.deepEqual([calls.CreateSnapshotEx_Task, calls.CreateSnapshot_Task], [1, 1]);
    assert.deepEqual(
      (await snapshotsOf(sim, vm.moref)).map(({ name }) => name),
      ["old"],
    );
  });

  for (const [fault, kind] of [
    ["FileLocked", "task-failed"],
    ["TaskInProgress", "busy"],
    ["NoPermission", "permission"],
    ["NoDiskSpace", "quota"],
    ["TooManySnapshotLevels", "quota"],
  ] as const) {
    on(`tells ${fault} of a task, and of a call`, async ({ sim, control, vm, create }) => {
      const faultFields = fault === "NoPermission" ? { privilegeId: "VirtualMachine.State.CreateSnapshot" } : {};
      const method = "CreateSnapshotEx_Task";
      await control.rules({ method, fault, faultFields, task: true, max: 1, message: "words of the server" });
      const ofTask = await failure(create(), kind);
      assert.equal(ofTask.code, fault);
      assert.match(ofTask.message, /words of the server/);
      assert.match(ofTask.requestId ?? "", /^task-/);
      await control.rules({ method, fault, faultFields, max: 1 });
      const ofCall = await failure(create(), kind);
      if (fault === "NoPermission") assert.match(ofCall.message, /VirtualMachine\.State\.CreateSnapshot/);
      assert.deepEqual(await snapshotsOf(sim, vm.moref), []);
    });
  }

  on("calls a busy VM busy", async ({ control, vm, create }) => {
    await control.busy("task");
    await control.delay({ taskMs: 60_000 });
    const call = testCall();
    const first = failure(create("first", call), "cancelled");
    await untilRunning(control, vm);
    await failure(create("second"), "busy");
    call.abort.abort();
    await first;
  });

  on("reports how far a task is", async ({ control, create }) => {
    await control.delay({ taskMs: 400 });
    const call = testCall();
    await create("one", call);
    const percents = call.reports.map(({ percent }) => percent).filter((percent) => percent !== undefined);
    assert.ok(
      percents.length > 0 && percents.every((percent) => percent >= 0 && percent <= 100),
      inspect(call.reports),
    );
  });

  on("stops waiting for a slow read at once, by cancel or deadline", async ({ control, driver, vm, create }) => {
    await driver.installation(testCall());
    await control.delay({ callMs: 60_000 });
    const call = testCall();
    const reads = Promise.all([
      failure(driver.inspect(KIND, vm.moref, call), "cancelled"),
      failure(driver.inspect(KIND, vm.moref, testCall({ milliseconds: 100 })), "timeout"),
    ]);
    call.abort.abort();
    await reads;
    await control.delay({ callMs: 0, taskMs: 60_000 });
    const clock = new HeldClock();
    const late = failure(create("slow poll", testCall({ milliseconds: 50, clock })), "timeout");
    await untilRunning(control, vm);
    await control.rules({ method: "RetrievePropertiesEx", delayMs: 60_000 });
    clock.pass(50);
    assert.ok((await late).taskId, "the task goes on");
  });

  on("finds a VM by name that was created since the last look", async ({ control, driver, vm }) => {
    await driver.findTarget(KIND, { by: "name", value: vm.name }, testCall());
    const id = await control.cloneVm(vm.moref, { folder: "late", name: "late-comer" });
    assert.equal((await driver.findTarget(KIND, { by: "name", value: "late-comer" }, testCall())).id, id);
  });

  on("names both VMs of one name, with paths and ids", async ({ control, driver, vm }) => {
    const twin = await control.cloneVm(vm.moref, { folder: "twins" });
    const find = (by: "name" | "path" | "any", value: string) => driver.findTarget(KIND, { by, value }, testCall());
    const error = await failure(find("name", vm.name), "ambiguous");
    for (const part of [vm.path, vm.moref, twin, `/DC0/vm/twins/${vm.name}`]) assert.ok(error.message.includes(part));
    assert.equal((await find("any", `/DC0/vm/twins/${vm.name}`)).id, twin);
    await failure(find("path", "/DC0/vm/nothing"), "not-found");
    await failure(find("path", "/DC0/vm"), "not-found");
  });

  on("says how much space a consolidation needs and has", async ({ control, driver, vm }) => {
    await control.setConsolidationNeeded(vm.moref, true, 2048);
    const space = await driver.consolidation.space(vm.moref, testCall());
    assert.equal(space?.neededBytes, 2048 * 1024);
    assert.ok((space?.freeBytes ?? 0) > 0);
    await control.rules({ method: "EstimateStorageForConsolidateSnapshots_Task", fault: "MethodNotFound" });
    assert.equal(await driver.consolidation.space(vm.moref, testCall()), undefined);
  });

  on("tells what stands in the way of a snapshot", async ({ control, driver, vm }) => {
    await control.setHardware(vm.moref, {
      diskMode: "independent_persistent",
      sharedBus: "physicalSharing",
      passthrough: true,
    });
    await control.setTools(vm.moref, "guestToolsRunning");
    const state = await driver.inspect(KIND, vm.moref, testCall(), { readiness: true });
    const codes = state.blockers.map(({ code }) => code).sort();
    assert.deepEqual(codes, ["independent-disk", "pci-passthrough", "shared-bus"]);
    assert.deepEqual(state.quiesceReady, { ready: true });
  });

  on("logs out when it is closed", async ({ control, driver }) => {
    await driver.installation(testCall());
    await control.calls({ reset: true });
    await driver.close();
    assert.deepEqual(await control.calls(), { Logout: 1 });
  });
});
