import assert from "node:assert/strict";
import { describe } from "node:test";
import { type Declared, newStack } from "./stack";
import { succeed, Vcenter } from "./vcenter";

const site = new Vcenter(10);

const snapshot = (target: unknown, args: Record<string, unknown> = {}, rest: Partial<Declared> = {}): Declared => ({
  kind: "Snapshot",
  name: "one",
  args: { target, ...args },
  ...rest,
});

describe("a snapshot's life", () => {
  site.scenario("the VM is gone: the state is dropped, and a destroy is content", async (stack, vm) => {
    stack.declare(snapshot(vm.path));
    await succeed(stack.up());
    await site.control.destroyVm(vm.moref);
    await succeed(stack.refresh());
    assert.deepEqual(await stack.state(), {});
    await succeed(stack.destroy());
  });

  site.scenario("a snapshot by hand is read, and left alone by those who only read it", async (_stack, vm) => {
    const byHand = await site.control.createSnapshot(vm.moref, { name: "golden", description: "by hand" });
    const reader = newStack(site.vcsim);
    reader.declare({ kind: "Snapshot", name: "seen", get: `default/${encodeURIComponent(vm.path)}/golden` });
    await succeed(reader.up());
    assert.deepEqual(((await reader.outputs()).ids as Record<string, string>).seen, byHand);
    await succeed(reader.destroy());
    reader.remove();
    assert.equal((await site.now(vm)).snapshots.length, 1);
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
});
