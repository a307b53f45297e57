import assert from "node:assert/strict";
import { describe } from "node:test";
import { decodeText } from "../../provider/platforms/ownership";
import { typeOver } from "../support/adapter";
import { type Declared, newStack } from "./stack";
import { BOTH, fail, succeed, Vcenter } from "./vcenter";

const site = new Vcenter({ vms: 40 });

const snapshot = (target: unknown, args: Record<string, unknown> = {}, rest: Partial<Declared> = {}): Declared => ({
  kind: "Snapshot",
  name: "one",
  args: { target, ...args },
  ...rest,
});

describe("a snapshot's life", () => {
  site.scenario(
    "create, no change, edit in place, destroy",
    async (stack, vm) => {
      stack.declare(snapshot(vm.path, { name: "first", description: "why" }));
      assert.deepEqual((await succeed(stack.preview())).summary, { create: 1 });
      assert.deepEqual((await site.now(vm)).snapshots, []);
      assert.deepEqual((await succeed(stack.up())).summary, { create: 1 });
      const [taken] = (await site.now(vm)).snapshots;
      assert.equal(taken?.name, "first");
      assert.equal(decodeText(taken?.description ?? "").description, "why");
      assert.deepEqual((await succeed(stack.up())).summary, { same: 1 });
      stack.declare(snapshot(vm.path, { name: "first", description: "why not" }));
      assert.deepEqual((await succeed(stack.up())).summary, { update: 1 });
      const [edited] = (await site.now(vm)).snapshots;
      assert.equal(edited?.moref, taken?.moref);
      assert.equal(decodeText(edited?.description ?? "").description, "why not");
      assert.deepEqual((await succeed(stack.destroy())).summary, { delete: 1 });
      assert.deepEqual((await site.now(vm)).snapshots, []);
    },
    BOTH,
  );

  site.scenario("a rename by hand is drift, and is put back in place", async (stack, vm) => {
    stack.declare(snapshot(vm.path, { name: "mine" }));
    await succeed(stack.up());
    const [taken] = (await site.now(vm)).snapshots;
    await site.control.renameSnapshot(vm.moref, taken?.moref ?? "", { name: "yours" });
    await succeed(stack.refresh());
    assert.equal((await stack.state()).one?.outputs.name, "yours");
    assert.deepEqual((await succeed(stack.up())).summary, { update: 1 });
    const [back] = (await site.now(vm)).snapshots;
    assert.deepEqual([back?.moref, back?.name], [taken?.moref, "mine"]);
  });

  for (const others of [true, false]) {
    site.scenario(
      `removed by hand while ${others ? "others remain" : "none remains"}: taken again`,
      async (stack, vm) => {
        stack.declare(snapshot(vm.path));
        await succeed(stack.up());
        const [taken] = (await site.now(vm)).snapshots;
        if (others) await site.control.createSnapshot(vm.moref, { name: "foreign" });
        await site.control.removeSnapshot(vm.moref, taken?.moref ?? "");
        await succeed(stack.refresh());
        assert.deepEqual(await stack.state(), {});
        assert.deepEqual((await succeed(stack.up())).summary, { create: 1 });
        await succeed(stack.destroy());
        assert.equal((await site.now(vm)).snapshots.length, others ? 1 : 0);
      },
    );
  }

  site.scenario("the VM is gone: the state is dropped, and a destroy is content", async (stack, vm) => {
    stack.declare(snapshot(vm.path));
    await succeed(stack.up());
    await site.control.destroyVm(vm.moref);
    await succeed(stack.refresh());
    assert.deepEqual(await stack.state(), {});
    await succeed(stack.destroy());
  });

  site.scenario(
    "a trigger replaces: the new one is taken before the old one goes",
    async (stack, vm) => {
      stack.declare(snapshot(vm.path, { triggers: ["v1"] }));
      await succeed(stack.up());
      const [old] = (await site.now(vm)).snapshots;
      stack.declare(snapshot(vm.path, { triggers: ["v2"] }));
      await site.control.journal({ reset: true });
      const { summary } = await succeed(stack.up());
      assert.equal(summary.replace, 1);
      const methods = (await site.control.journal())
        .map(({ method }) => method)
        .filter((method) => /^(Create|Remove)Snapshot/.test(method));
      assert.deepEqual(methods, ["CreateSnapshotEx_Task", "RemoveSnapshot_Task"]);
      const left = (await site.now(vm)).snapshots;
      assert.equal(left.length, 1);
      assert.notEqual(left[0]?.moref, old?.moref);
    },
    BOTH,
  );

  site.scenario(
    "a forced replacement, which looks like the end of an interrupted create, keeps the snapshot and says so",
    async (stack, vm, adapter) => {
      stack.declare(snapshot(vm.path));
      await succeed(stack.up());
      const [old] = (await site.now(vm)).snapshots;
      const forced = await succeed(
        stack.up({ replace: [`urn:pulumi:dev::scenario::${typeOver(adapter, "Snapshot")}::one`] }),
      );
      assert.match(forced.messages.join("\n"), /was kept, and no new snapshot was taken.*change `triggers`/);
      const left = (await site.now(vm)).snapshots;
      assert.deepEqual([left.length, left[0]?.moref], [1, old?.moref]);
      await succeed(stack.refresh());
      assert.deepEqual((await succeed(stack.up())).summary, { same: 1 });
      await succeed(stack.destroy());
      assert.deepEqual((await site.now(vm)).snapshots, []);
    },
    BOTH,
  );

  site.scenario("hold blocks delete and replace until it is lifted", async (stack, vm) => {
    stack.declare(snapshot(vm.path, { hold: true, triggers: [1] }));
    await succeed(stack.up());
    await fail(stack.destroy(), /on hold/);
    stack.declare(snapshot(vm.path, { hold: true, triggers: [2] }));
    await fail(stack.up(), /on hold/);
    assert.equal((await site.now(vm)).snapshots.length, 1);
    stack.declare(snapshot(vm.path, { hold: false, triggers: [1] }));
    await succeed(stack.up());
    await succeed(stack.destroy());
    assert.deepEqual((await site.now(vm)).snapshots, []);
  });

  site.scenario("retain leaves it, without the marker", async (stack, vm) => {
    stack.declare(snapshot(vm.path, { onDestroy: "retain", description: "keep me" }));
    await succeed(stack.up());
    await succeed(stack.destroy());
    assert.equal((await site.now(vm)).snapshots[0]?.description, "keep me");
  });

  site.scenario("a snapshot by hand is adopted, read, and left alone by those who only read it", async (stack, vm) => {
    const byHand = await site.control.createSnapshot(vm.moref, { name: "golden", description: "by hand" });
    const reader = newStack(site.vcsim);
    reader.declare({ kind: "Snapshot", name: "seen", get: `default/${encodeURIComponent(vm.path)}/golden` });
    await succeed(reader.up());
    assert.deepEqual(((await reader.outputs()).ids as Record<string, string>).seen, byHand);
    await succeed(reader.destroy());
    reader.remove();
    assert.equal((await site.now(vm)).snapshots.length, 1);
    stack.declare(snapshot(vm.path, { name: "golden", adoptExisting: true }));
    await succeed(stack.up());
    assert.equal((await stack.state()).one?.outputs.platformId, byHand);
    await succeed(stack.destroy());
    assert.deepEqual((await site.now(vm)).snapshots, []);
  });

  site.scenario("a tree is removed from its leaves, and parents first leaves the children", async (stack, vm) => {
    stack.declare(
      snapshot(vm.path, { name: "root" }, { name: "root" }),
      snapshot(vm.path, { name: "leaf" }, { name: "leaf", dependsOn: ["root"] }),
    );
    await succeed(stack.up());
    const [root] = (await site.now(vm)).snapshots;
    assert.equal(root?.children[0]?.name, "leaf");
    stack.declare(snapshot(vm.path, { name: "leaf" }, { name: "leaf" }));
    assert.equal((await succeed(stack.up())).summary.delete, 1);
    assert.deepEqual(
      (await site.now(vm)).snapshots.map(({ name }) => name),
      ["leaf"],
    );
    await site.control.createSnapshot(vm.moref, { name: "below" });
    stack.declare(snapshot(vm.path, { name: "leaf", removeChildren: true }, { name: "leaf" }));
    assert.deepEqual((await succeed(stack.up())).summary, { update: 1 });
    await succeed(stack.destroy());
    assert.deepEqual((await site.now(vm)).snapshots, []);
  });

  site.scenario("names with %, /, emoji and 007 come back as they went in", async (stack, vm) => {
    const names = ["100% sure", "a/b\\c", "🎉 fête", "007", "50%25 off"];
    stack.declare(
      ...names.map((name, index) => snapshot(vm.path, { name, limits: { warnChainDepth: 9 } }, { name: `n${index}` })),
    );
    await succeed(stack.up());
    const state = await stack.state();
    assert.deepEqual(
      names.map((_, index) => state[`n${index}`]?.outputs.name),
      names,
    );
    await succeed(stack.refresh());
    assert.deepEqual((await succeed(stack.up())).summary, { same: 5 });
    await succeed(stack.destroy());
  });
});
