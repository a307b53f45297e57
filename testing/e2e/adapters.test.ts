import assert from "node:assert/strict";
import { after, before, describe, it, type TestContext } from "node:test";
import { typeOver } from "../support/adapter";
import { startVcsim, type Vcsim } from "../vcsim/launcher";
import { missing } from "../vcsim/test-support";
import { type Adapter, newStack } from "./stack";

let vcsim: Vcsim | string;
before(async () => {
  vcsim = await startVcsim({ vms: 4 }).catch(missing);
});
after(async () => {
  if (typeof vcsim !== "string") await vcsim.stop();
});

describe("a stack that moves from one adapter to the other", () => {
  for (const [from, to, vmIndex] of [
    ["dynamic", "plugin", 0],
    ["plugin", "dynamic", 1],
  ] as [Adapter, Adapter, number][]) {
    it(`changes nothing on the platform, from ${from} to ${to}, and is destroyed there`, async (t: TestContext) => {
      if (typeof vcsim === "string") return t.skip(vcsim);
      const vm = (await vcsim.control.vms())[vmIndex];
      assert.ok(vm);
      const snapshots = async () =>
        typeof vcsim === "string"
          ? []
          : ((await vcsim.control.vms()).find(({ moref }) => moref === vm.moref)?.snapshots ?? []);
      const stack = newStack(vcsim, { adapter: from });
      stack.declare({ kind: "Snapshot", name: "one", args: { target: vm.path, description: "why", triggers: ["v1"] } });
      const created = await stack.up();
      assert.ok(created.ok, created.error);
      const [taken] = await snapshots();
      assert.ok(taken);
      const before = (await stack.state()).one;

      await stack.take(to);
      await vcsim.control.calls({ reset: true });
      const moved = await stack.up();
      assert.ok(moved.ok, moved.error);
      assert.deepEqual(
        [moved.summary.create, moved.summary.replace, moved.summary.delete],
        [undefined, undefined, undefined],
      );
      const changes = Object.keys(await vcsim.control.calls()).filter((method) =>
        /^(Create|Remove|Rename)/.test(method),
      );
      assert.deepEqual(changes, []);
      const state = (await stack.state()).one;
      assert.ok(state);
      assert.equal(state.id, before?.id);
      assert.equal(state.inputs.marker, before?.inputs.marker);
      assert.ok(moved.steps.some(({ type }) => type === typeOver(to, "Snapshot")));

      const destroyed = await stack.destroy();
      assert.ok(destroyed.ok, destroyed.error);
      assert.deepEqual(await snapshots(), []);
      stack.remove();
    });
  }
});
