import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it, mock, type TestContext } from "node:test";
import { testCall } from "../../../testing/contract/call";
import { failure } from "../../../testing/contract/failure";
import { vcsimDriver } from "../../../testing/contract/vcsim-driver";
import { testContext } from "../../../testing/memory-driver/context";
import { startVcsim, type Vcsim, type VcsimVm } from "../../../testing/vcsim/launcher";
import { RawSoap } from "../../../testing/vcsim/raw-soap";
import { missing } from "../../../testing/vcsim/test-support";
import { restore } from "../../resources/restore";
import { snapshot } from "../../resources/snapshot";
import type { TargetSelector } from "../contract";
import type { VsphereDriver } from "./driver";

/** Longer than what was found is believed without a look at the VM. */
const LATER = 1100;

describe("looking up VMs", () => {
  let vcsim: Vcsim | string;
  let unused: VcsimVm[];
  let driver: VsphereDriver;

  before(async () => {
    vcsim = await startVcsim({ vms: 20, autostart: false }).catch(missing);
    if (typeof vcsim !== "string") unused = await vcsim.control.vms();
  });
  beforeEach(() => {
    if (typeof vcsim !== "string") driver = vcsimDriver(vcsim);
  });
  afterEach(async () => {
    mock.restoreAll();
    await driver?.close();
  });
  after(async () => {
    if (typeof vcsim !== "string") await vcsim.stop();
  });

  const pass = (milliseconds: number) => {
    const now = performance.now.bind(performance);
    mock.method(performance, "now", () => now() + milliseconds);
  };
  const find = (by: TargetSelector["by"], value: string) => driver.findTarget("snapshot", { by, value }, testCall());
  function on(title: string, run: (sim: Vcsim, ...vms: [VcsimVm, VcsimVm]) => Promise<void>): void {
    it(title, (t: TestContext) => {
      if (typeof vcsim === "string") return t.skip(vcsim);
      const [one, two] = unused.splice(0, 2);
      assert.ok(one && two, "the simulator has too few VMs");
      return run(vcsim, one, two);
    });
  }

  on("finds one VM in all ways, with its path", async (_, vm) => {
    const target = { id: vm.moref, name: vm.name, path: vm.path };
    for (const by of ["path", "name"] as const) {
      assert.deepEqual(await find(by, vm[by]), target, by);
      assert.deepEqual(await find("any", vm[by]), target, `any: ${by}`);
    }
    for (const by of ["id", "any"] as const) assert.deepEqual(await find(by, vm.moref), target);
    assert.deepEqual(await find("any", vm.path.slice(1)), target);
    // The look-ups before have made all VMs be listed, and the listing has their UUIDs.
    assert.deepEqual(await find("instance-uuid", vm.instanceUuid.toUpperCase()), target);
    assert.deepEqual(await find("any", vm.instanceUuid), target);
    assert.deepEqual(await find("bios-uuid", vm.uuid), target);
  });

  on("asks the server's index for a UUID, when nothing is listed yet", async ({ control }, vm) => {
    await control.calls({ reset: true });
    assert.equal((await find("bios-uuid", vm.uuid)).id, vm.moref);
    assert.equal((await find("instance-uuid", vm.instanceUuid)).id, vm.moref);
    assert.equal((await control.calls()).FindAllByUuid, 2);
    await failure(find("instance-uuid", vm.uuid), "not-found");
  });

  on("does not take a VM for another that had its path or name a moment ago", async ({ control }, old, vm) => {
    assert.equal((await find("path", old.path)).id, old.moref);
    assert.equal((await find("name", old.name)).id, old.moref);
    // As a replacement by another provider does, that keeps the old one.
    await control.renameVm(old.moref, `${old.name}-old`);
    await control.renameVm(vm.moref, old.name);
    pass(LATER);
    assert.equal((await find("path", old.path)).id, vm.moref);
    assert.equal((await find("name", old.name)).id, vm.moref);
    assert.equal((await find("id", old.moref)).name, `${old.name}-old`);
  });

  on("does not remember a VM that is gone", async ({ control }, vm) => {
    for (const by of ["path", "name"] as const) assert.equal((await find(by, vm[by])).id, vm.moref);
    await control.destroyVm(vm.moref);
    pass(LATER);
    for (const by of ["path", "name"] as const) await failure(find(by, vm[by]), "not-found");
    await failure(find("id", vm.moref), "not-found");
  });

  on("does not call a name ambiguous by an old listing", async ({ control }, vm) => {
    const twin = await control.cloneVm(vm.moref, { folder: "twins" });
    await failure(find("name", vm.name), "ambiguous");
    await control.destroyVm(twin);
    assert.equal((await find("name", vm.name)).id, vm.moref);
  });

  on("finds a template in all ways and lists it; only create and revert are refused", async (sim, vm) => {
    const { control } = sim;
    const snapshotId = await control.createSnapshot(vm.moref, { name: "kept" });
    const soap = new RawSoap(sim);
    await soap.login();
    await control.power(vm.moref, "off");
    assert.equal((await soap.call("MarkAsTemplate", "VirtualMachine", vm.moref)).status, 200);
    for (const [by, value] of [
      ["path", vm.path],
      ["id", vm.moref],
      ["name", vm.name],
      ["instance-uuid", vm.instanceUuid],
    ] as const) {
      assert.equal((await find(by, value)).id, vm.moref);
    }
    const listed = await driver.listTargets("snapshot", testCall());
    assert.ok(listed.some(({ id }) => id === vm.moref));

    const context = testContext(driver);
    const { inputs, failures } = await snapshot.check(undefined, { target: vm.name }, context);
    assert.match(failures.map(({ reason }) => reason).join(), /is a template/);
    await assert.rejects(snapshot.create(inputs, context), /refused before anything was changed.*is a template/);
    const news = { target: vm.name, snapshot: snapshotId, triggers: ["1"], safetySnapshot: false, confirm: vm.name };
    const revert = await restore.check(undefined, news, context);
    assert.match(revert.failures.map(({ reason }) => reason).join(), /: it is a template, which vSphere cannot revert/);
    await assert.rejects(restore.create(revert.inputs, context), /which vSphere cannot revert/);

    const ref = { targetId: vm.moref, snapshotId };
    await driver.editSnapshot("snapshot", ref, { text: { description: "edited" } }, testCall());
    await driver.removeSnapshot("snapshot", ref, { removeChildren: false, consolidate: true }, testCall());
    assert.deepEqual((await driver.inspect("snapshot", vm.moref, testCall())).snapshots, []);
  });

  on("knows a VM by the name people see and by the one that is stored", async (sim, vm, other) => {
    const { control } = sim;
    await control.renameVm(vm.moref, "web%2f1");
    for (const name of ["web/1", "web%2f1"]) {
      assert.deepEqual([(await find("name", name)).id, (await find("any", name)).id], [vm.moref, vm.moref]);
    }
    assert.equal((await find("name", "web/1")).name, "web/1");
    assert.equal((await driver.inspect("snapshot", vm.moref, testCall())).target.name, "web/1");
    const context = testContext(driver);
    const { inputs } = await snapshot.check(undefined, { target: { name: "web/1" } }, context);
    const { outputs } = await snapshot.create(inputs, context);
    assert.match(String(outputs.name), /^web\/1-2/);
    const stored = (await control.vms()).find(({ moref }) => moref === vm.moref)?.snapshots[0]?.name ?? "";
    assert.match(stored, /^web%2f1-2/);
    await control.renameVm(other.moref, "web/1");
    await driver.close();
    driver = vcsimDriver(sim);
    const error = await failure(find("name", "web/1"), "ambiguous");
    for (const id of [vm.moref, other.moref]) assert.ok(error.message.includes(id));
  });

  on("finds and lists VMs in vApps, also in one within another, by their paths", async ({ control }, outer, inner) => {
    await control.moveIntoVApp(outer.moref, ["shop"]);
    await control.moveIntoVApp(inner.moref, ["shop 2", "back", "db"]);
    const folder = (vm: VcsimVm) => vm.path.replace(/\/[^/]*$/, "");
    const paths = [`${folder(outer)}/shop/${outer.name}`, `${folder(inner)}/shop 2/back/db/${inner.name}`];
    const ids = [outer.moref, inner.moref];
    const targets = async () => {
      const listed = await driver.listTargets("snapshot", testCall());
      return ids.map((id) => listed.find((target) => target.id === id)?.path);
    };
    for (const [index, id] of ids.entries()) {
      // Each read for itself: nothing is listed yet.
      assert.equal((await driver.inspect("snapshot", id, testCall())).target.path, paths[index]);
      assert.equal((await find("path", paths[index] as string)).id, id);
    }
    assert.deepEqual(await targets(), paths);
    const snapshot = { name: "inside", description: "", memory: false };
    await driver.createSnapshot("snapshot", inner.moref, snapshot, testCall());
    assert.equal((await driver.inspect("snapshot", inner.moref, testCall())).snapshots[0]?.name, "inside");
  });

  on("knows a path with names as people see them", async ({ control }, vm, other) => {
    await control.renameVm(vm.moref, "50%25");
    const folder = vm.path.replace(/\/[^/]*$/, "");
    for (const name of ["50%25", "50%"]) assert.equal((await find("path", `${folder}/${name}`)).id, vm.moref);
    await control.renameVm(other.moref, "a%2fb");
    for (const name of ["a%2fb", "a/b"]) assert.equal((await find("any", `${folder}/${name}`)).id, other.moref);
  });

  on("says that an id or a path is of something else", async (_, vm) => {
    await failure(find("id", "group-v3"), "not-found");
    const error = await failure(find("path", vm.path.replace(/\/[^/]*$/, "")), "not-found");
    assert.match(error.message, /is a Folder, not a VM/);
  });
});
