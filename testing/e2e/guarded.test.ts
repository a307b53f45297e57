import assert from "node:assert/strict";
import { describe } from "node:test";
import type { VcsimVm } from "../vcsim/launcher";
import { type GuardedDeploy, guardedProgram } from "./guarded-program";
import { fail, succeed, text, Vcenter } from "./vcenter";

const site = new Vcenter(12);

/** The changing calls, in order. */
async function changes(): Promise<string[]> {
  const methods = (await site.control.journal({ reset: true })).map(({ method }) => method);
  return methods
    .filter((method) => /^(Create|Remove|RevertTo|Rename)Snapshot/.test(method))
    .map((method) => method.replace(/(Ex)?_Task/, ""));
}

const deploy = (vm: VcsimVm, version: string, more: Partial<GuardedDeploy> = {}, fail = false) =>
  guardedProgram({ how: "hooks", target: vm.path, args: { version, fail, vm: vm.path }, ...more });

describe("snapshotBefore", () => {
  site.scenario(
    "takes a snapshot before an update and drops it after a success; a preview takes none",
    async (stack, vm) => {
      stack.runs(deploy(vm, "1"));
      await succeed(stack.up());
      assert.deepEqual(await changes(), []);
      stack.runs(deploy(vm, "2"));
      await succeed(stack.preview());
      assert.deepEqual(await changes(), []);
      const up = await succeed(stack.up());
      assert.deepEqual(await changes(), ["CreateSnapshot", "RemoveSnapshot"]);
      assert.match(text(up), /took snapshot before-deploy-[\s\S]*deleted snapshot before-deploy-/);
      await succeed(stack.up());
      assert.deepEqual(await changes(), []);
    },
  );

  site.scenario("keeps it after a failure; the next success drops it", async (stack, vm) => {
    stack.runs(deploy(vm, "1"));
    await succeed(stack.up());
    stack.runs(deploy(vm, "2", {}, true));
    await fail(stack.up(), /deploy of 2 failed/);
    const [kept] = (await site.now(vm)).all;
    assert.match(kept?.name ?? "", /^before-deploy-/);
    stack.runs(deploy(vm, "3"));
    const up = await succeed(stack.up());
    assert.match(text(up), /did not succeed; it stays the restore point/);
    assert.deepEqual((await site.now(vm)).all, []);
    assert.deepEqual(await changes(), ["CreateSnapshot", "RemoveSnapshot"]);
  });

  site.scenario("with revertOnError reverts the VM when the change failed", async (stack, vm) => {
    const guard = { revertOnError: true, on: ["create" as const, "update" as const] };
    stack.runs(deploy(vm, "1", { guard }, true));
    const failed = await fail(stack.up(), /deploy of 1 failed/);
    assert.match(text(failed), /reverted VM .* the change of deploy failed/);
    const after = await site.now(vm);
    assert.equal(after.current, after.all[0]?.moref);
    assert.equal((await changes()).filter((method) => method === "RevertToSnapshot").length, 1);
  });

  site.scenario("blocks the change when the snapshot cannot be taken", async (stack, vm) => {
    stack.runs(deploy(vm, "1"));
    await succeed(stack.up());
    await site.control.rules({ method: "CreateSnapshotEx_Task", task: true, fault: "NoDiskSpace" });
    stack.runs(deploy(vm, "2"));
    await fail(stack.up(), /before hook .* failed: .*(NoDiskSpace|space)/i);
    await site.control.rules();
    stack.runs(deploy(vm, "1"));
    assert.deepEqual((await succeed(stack.up())).summary, { same: 1 });
  });

  site.scenario("keeps it for a time after a success", async (stack, vm) => {
    const guard = { ttl: "24h" };
    for (const version of ["1", "2"]) {
      stack.runs(deploy(vm, version, { guard }));
      await succeed(stack.up());
    }
    const [kept] = (await site.now(vm)).all;
    assert.match(kept?.description ?? "", /\[snapstate: ttl 86400s\]/);
  });

  site.scenario("finds the VM from the resource itself", async (stack, vm) => {
    for (const version of ["1", "2"]) {
      stack.runs(deploy(vm, version, { how: "function" }));
      await succeed(stack.up());
    }
    assert.deepEqual(await changes(), ["CreateSnapshot", "RemoveSnapshot"]);
  });

  site.scenario("as a stack transform guards every resource of a type", async (stack, vm) => {
    for (const version of ["1", "2"]) {
      stack.runs(deploy(vm, version, { how: "transform" }));
      await succeed(stack.up());
    }
    assert.deepEqual(await changes(), ["CreateSnapshot", "RemoveSnapshot"]);
  });
});

describe("GuardedChange", () => {
  site.scenario(
    "takes the snapshot first, keeps it after a failure, and reverts to it on demand",
    async (stack, vm) => {
      const guarded = (version: string, rollback?: string, failing = false) =>
        deploy(vm, version, { how: "component", guard: { rollback } }, failing);
      stack.runs(guarded("1"));
      await succeed(stack.up());
      const [first] = (await site.now(vm)).all;
      stack.runs(guarded("2", undefined, true));
      await fail(stack.up(), /deploy of 2 failed/);
      const second = (await site.now(vm)).all.find(({ moref }) => moref !== first?.moref);
      assert.ok(second);

      stack.runs(guarded("2", "ticket 1"));
      await succeed(stack.up());
      const after = await site.now(vm);
      assert.equal(after.current, second.moref);
      assert.equal(after.all.filter(({ name }) => name.startsWith("before-restore-")).length, 1);
      assert.ok(!after.all.some(({ moref }) => moref === first?.moref));
      assert.equal((await succeed(stack.up())).summary.same, 4);
      await succeed(stack.destroy());
    },
  );
});
