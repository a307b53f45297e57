import assert from "node:assert/strict";
import { describe } from "node:test";
import type { Declared } from "./stack";
import { fail, succeed, Vcenter } from "./vcenter";

const site = new Vcenter(12);

const snapshot = (target: unknown, args: Record<string, unknown> = {}): Declared => ({
  kind: "Snapshot",
  name: "one",
  args: { target, ...args },
});

describe("consistency", () => {
  site.scenario("a quiesce that silently was not obtained is refused, or recorded", async (stack, vm) => {
    await site.control.setTools(vm.moref, "guestToolsRunning");
    await site.control.setQuiesce(vm.moref, "ignored");
    stack.declare(snapshot(vm.path, { quiesce: "require" }));
    await fail(stack.up(), /requested filesystem consistency but obtained crash/);
    assert.deepEqual((await site.now(vm)).snapshots, []);
    stack.declare(snapshot(vm.path, { quiesce: "prefer" }));
    await succeed(stack.up());
    assert.match(JSON.stringify((await stack.outputs()).warnings), /quiesce was preferred but not obtained/);
  });
});

describe("consolidation", () => {
  site.scenario(
    "tries again while another task is at work, and names the culprit of a locked file",
    async (stack, vm) => {
      await site.control.setConsolidationNeeded(vm.moref, true);
      stack.declare({ kind: "ConsolidationTask", name: "task", args: { target: vm.path } });
      await site.control.rules({
        method: "ConsolidateVMDisks_Task",
        object: vm.moref,
        fault: "TaskInProgress",
        max: 1,
        task: true,
      });
      await succeed(stack.up());
      assert.equal((await site.now(vm)).consolidationNeeded, false);
      await site.control.setConsolidationNeeded(vm.moref, true);
      await site.control.rules({
        method: "ConsolidateVMDisks_Task",
        object: vm.moref,
        fault: "FileLocked",
        max: 1,
        task: true,
      });
      await succeed(stack.refresh());
      await fail(stack.up(), /backup appliance/);
      await site.control.rules();
    },
  );

  site.scenario(
    "deletes all snapshots once for each change of triggers, and lists them in the preview",
    async (stack, vm) => {
      const clean = (args: Record<string, unknown>): Declared => ({
        kind: "ConsolidationTask",
        name: "clean",
        args: { target: vm.path, deleteSnapshots: "all", ...args },
      });
      await site.control.createSnapshot(vm.moref, { name: "by hand" });
      stack.declare(clean({ triggers: ["1"] }));
      await fail(stack.preview(), /confirm.*is required/s);
      stack.declare(clean({ triggers: ["1"], confirm: vm.name }));
      assert.match((await succeed(stack.preview())).output, /deletes 1 snapshot: "by hand" \(snapshot-/);
      await succeed(stack.up());
      assert.deepEqual((await site.now(vm)).snapshots, []);
      await site.control.createSnapshot(vm.moref, { name: "later" });
      assert.deepEqual((await succeed(stack.up())).summary, { same: 1 });
      assert.equal((await site.now(vm)).snapshots.length, 1);
      stack.declare(clean({ triggers: ["2"], confirm: vm.name }));
      assert.match((await succeed(stack.preview())).output, /deletes 1 snapshot: "later"/);
      assert.deepEqual((await succeed(stack.up())).summary, { update: 1 });
      assert.deepEqual((await site.now(vm)).snapshots, []);
      assert.match(JSON.stringify((await stack.state()).clean?.outputs.deleted), /^\["snapshot-\d+"\]$/);
      await succeed(stack.destroy());
    },
  );

  site.scenario("refuses with snapshots when asked to", async (stack, vm) => {
    await site.control.createSnapshot(vm.moref, { name: "still here" });
    stack.declare({
      kind: "ConsolidationTask",
      name: "task",
      args: { target: vm.path, when: "always", refuseWithSnapshots: true },
    });
    await fail(stack.up(), /still has snapshots: "still here"/);
  });
});
