import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it, type TestContext } from "node:test";
import { testCall } from "../../../testing/contract/call";
import { failure } from "../../../testing/contract/hypervisor-contract";
import { vcsimDriver } from "../../../testing/contract/vcsim-driver";
import { startVcsim, type Vcsim, type VcsimVm } from "../../../testing/vcsim/launcher";
import { RawSoap } from "../../../testing/vcsim/raw-soap";
import { missing } from "../../../testing/vcsim/test-support";
import { sleep } from "../../waiting";
import type { TargetSelector } from "../contract";
import type { VsphereHypervisor } from "./driver";

/** Longer than what was found is believed without a look at the VM. */
const LATER = 1100;

describe("looking up VMs", () => {
  let vcsim: Vcsim | string;
  let unused: VcsimVm[];
  let driver: VsphereHypervisor;

  before(async () => {
    vcsim = await startVcsim({ vms: 16, autostart: false }).catch(missing);
    if (typeof vcsim !== "string") unused = await vcsim.control.vms();
  });
  beforeEach(() => {
    if (typeof vcsim !== "string") driver = vcsimDriver(vcsim);
  });
  afterEach(() => driver?.close());
  after(async () => {
    if (typeof vcsim !== "string") await vcsim.stop();
  });

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
    await sleep(LATER);
    assert.equal((await find("path", old.path)).id, vm.moref);
    assert.equal((await find("name", old.name)).id, vm.moref);
    assert.equal((await find("id", old.moref)).name, `${old.name}-old`);
  });

  on("does not remember a VM that is gone", async ({ control }, vm) => {
    for (const by of ["path", "name"] as const) assert.equal((await find(by, vm[by])).id, vm.moref);
    await control.destroyVm(vm.moref);
    await sleep(LATER);
    for (const by of ["path", "name"] as const) await failure(find(by, vm[by]), "not-found");
    await failure(find("id", vm.moref), "not-found");
  });

  on("does not call a name ambiguous by an old listing", async ({ control }, vm) => {
    const twin = await control.cloneVm(vm.moref, { folder: "twins" });
    await failure(find("name", vm.name), "ambiguous");
    await control.destroyVm(twin);
    assert.equal((await find("name", vm.name)).id, vm.moref);
  });

  on("refuses a template in words, however it is named", async (sim, vm) => {
    const soap = new RawSoap(sim);
    await soap.login();
    assert.equal((await soap.call("MarkAsTemplate", "VirtualMachine", vm.moref)).status, 200);
    for (const [by, value] of [
      ["path", vm.path],
      ["id", vm.moref],
      ["name", vm.name],
    ] as const) {
      const error = await failure(find(by, value), "unsupported");
      assert.match(error.message, /is a template/);
    }
  });

  on("says that an id or a path is of something else", async (_, vm) => {
    await failure(find("id", "group-v3"), "not-found");
    const error = await failure(find("path", vm.path.replace(/\/[^/]*$/, "")), "not-found");
    assert.match(error.message, /is a Folder, not a VM/);
  });
});
