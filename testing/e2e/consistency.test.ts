import assert from "node:assert/strict";
import { describe } from "node:test";
import type { Declared } from "./stack";
import { fail, succeed, Vcenter } from "./vcenter";

const site = new Vcenter({ vms: 12 });

const snapshot = (target: unknown, args: Record<string, unknown> = {}): Declared => ({
  kind: "Snapshot",
  name: "one",
  args: { target, ...args },
});

describe("consistency", () => {
  site.scenario("memory is included, and recorded", async (stack, vm) => {
    stack.declare(snapshot(vm.path, { memory: true }), {
      kind: "RecoveryPoint",
      name: "rp",
      args: { target: vm.path, consistency: "memory" },
    });
    await succeed(stack.up());
    const { one, rp } = await stack.state();
    assert.deepEqual([one?.outputs.obtainedConsistency, rp?.outputs.obtainedConsistency], ["memory", "memory"]);
    assert.equal((await site.now(vm)).snapshots[0]?.state, "poweredOn");
  });

  site.scenario(
    "quiesce is obtained, refused when it cannot be, and recorded when it silently was not",
    async (stack, vm) => {
      stack.declare(snapshot(vm.path, { quiesce: "require" }));
      await fail(stack.up(), /VMware Tools are not running/);
      assert.deepEqual((await site.now(vm)).snapshots, []);
      await site.control.setTools(vm.moref, "guestToolsRunning");
      await succeed(stack.up());
      assert.equal((await stack.state()).one?.outputs.obtainedConsistency, "filesystem");
      await succeed(stack.destroy());

      await site.control.setQuiesce(vm.moref, "ignored");
      await fail(stack.up(), /requested filesystem consistency but obtained crash/);
      assert.deepEqual((await site.now(vm)).snapshots, []);
      stack.declare(snapshot(vm.path, { quiesce: "prefer" }));
      await succeed(stack.up());
      assert.match(JSON.stringify((await stack.outputs()).warnings), /quiesce was preferred but not obtained/);
    },
  );
});

describe("consolidation", () => {
  site.scenario("runs when needed, not otherwise, and again on a trigger", async (stack, vm) => {
    const task = (args: Record<string, unknown> = {}): Declared => ({
      kind: "ConsolidationTask",
      name: "task",
      args: { target: vm.path, ...args },
    });
    stack.declare(task());
    await succeed(stack.up());
    assert.equal((await stack.state()).task?.outputs.ran, false);
    await site.control.setConsolidationNeeded(vm.moref, true);
    await succeed(stack.refresh());
    assert.deepEqual((await succeed(stack.up())).summary, { update: 1 });
    const outputs = (await stack.state()).task?.outputs;
    assert.deepEqual([outputs?.ran, outputs?.neededBefore, outputs?.neededAfter], [true, true, false]);
    stack.declare(task({ when: "always", triggers: ["now"] }));
    await succeed(stack.up());
    assert.equal((await stack.state()).task?.outputs.ran, true);
    assert.equal((await site.now(vm)).consolidationNeeded, false);
    await succeed(stack.destroy());
  });

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
