import assert from "node:assert/strict";
import { describe } from "node:test";
import type { VcsimVm } from "../vcsim/launcher";
import { killCli } from "./processes";
import type { Declared } from "./stack";
import { succeed, Vcenter } from "./vcenter";

const site = new Vcenter(12);

const reverts = async () =>
  (await site.control.journal()).filter(({ method }) => method === "RevertToSnapshot_Task").length;
const safeties = (names: string[]) => names.filter((name) => name.startsWith("before-restore-")).length;

const restore = (vm: VcsimVm, args: Record<string, unknown>): Declared => ({
  kind: "Restore",
  name: "back",
  args: { target: vm.path, snapshot: "good", ...args },
});

describe("Restore", () => {
  site.scenario("a Snapshot and a Restore in one program: the revert comes at up, and once", async (stack, vm) => {
    const declared = (triggers: string[]): Declared[] => [
      { kind: "Snapshot", name: "one", args: { target: vm.path, name: "good" } },
      { ...restore(vm, { triggers, safetySnapshot: false, confirm: vm.name }), dependsOn: ["one"] },
    ];
    stack.declare(...declared(["a"]));
    await succeed(stack.up());
    assert.deepEqual([await reverts(), (await site.now(vm)).all.map(({ name }) => name)], [1, ["good"]]);
    await succeed(stack.refresh());
    // The note on the snapshot is not drift.
    assert.deepEqual((await succeed(stack.up())).summary, { same: 2 });
    assert.equal(await reverts(), 1);
  });

  site.scenario("without a safety snapshot and with another VM's name nothing is touched", async (stack, vm) => {
    await site.control.createSnapshot(vm.moref, { name: "good" });
    stack.declare(restore(vm, { triggers: ["a"], safetySnapshot: false, confirm: "another" }));
    const failed = await stack.up();
    assert.equal(failed.ok, false);
    assert.match([failed.error, ...failed.messages].join("\n"), /confirm is "another"/);
    assert.equal(await reverts(), 0);
  });

  for (const drop of ["before", "after"] as const) {
    site.scenario(`a reply lost ${drop} the revert was accepted: reverted, and once`, async (stack, vm) => {
      const good = await site.control.createSnapshot(vm.moref, { name: "good" });
      await site.control.rules({ method: "RevertToSnapshot_Task", drop, max: 1 });
      stack.declare(restore(vm, { triggers: ["a"] }));
      await succeed(stack.up());
      const ok = (await site.control.journal()).filter(
        ({ method, outcome }) => method === "RevertToSnapshot_Task" && outcome !== "dropped-before",
      );
      assert.deepEqual([ok.length, (await site.now(vm)).current], [1, good]);
    });
  }

  for (const [what, args, adapter] of [
    ["with a safety snapshot", {}, "dynamic"],
    ["without one", { safetySnapshot: false }, "plugin"],
  ] as const) {
    site.scenario(
      `kill -9 mid-revert ${what}, then a plain re-run: reverted once, and recorded`,
      async (stack, vm) => {
        const good = await site.control.createSnapshot(vm.moref, { name: "good" });
        const declared = restore(vm, {
          triggers: ["a"],
          ...args,
          ...("safetySnapshot" in args && { confirm: vm.name }),
        });
        await site.control.rules({ method: "RevertToSnapshot_Task", task: true, delayMs: 2500 });
        stack.declare(declared);
        await killCli(stack, () => site.untilCalled("RevertToSnapshot_Task"));

        await succeed(stack.up());
        const after = await site.now(vm);
        assert.deepEqual([await reverts(), after.current], [1, good]);
        assert.equal(safeties(after.all.map(({ name }) => name)), "safetySnapshot" in args ? 0 : 1);
        const { outputs } = (await stack.state()).back ?? {};
        assert.deepEqual([outputs?.restoredFrom, outputs?.runs], [good, 1]);
      },
      [adapter],
    );
  }
});
