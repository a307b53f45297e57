import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { context, create, kind, nextRun, platform, snapshots } from "../../../testing/memory-driver/snapshot-bench";
import { snapshot } from ".";

describe("delete", () => {
  it("removes it, and succeeds when it or the VM is gone", async () => {
    const { id, outputs } = await create();
    await snapshot.delete(id, outputs, context);
    assert.deepEqual(await snapshots(), []);
    await snapshot.delete(id, outputs, context);
    platform.removeVm("vm-1");
    await snapshot.delete(id, outputs, context);
  });

  for (const when of ["before", "after"] as const) {
    it(`ends with it gone when the reply is lost ${when} the platform acted`, async () => {
      const { id, outputs } = await create();
      platform.faults.push({ method: "removeSnapshot", kind: "lost-reply", when });
      await snapshot.delete(id, outputs, context);
      assert.deepEqual(await snapshots(), []);
    });
  }

  it("is refused on hold", async () => {
    const { id, outputs } = await create({ hold: true });
    await assert.rejects(snapshot.delete(id, outputs, context), kind("held"));
    assert.equal((await snapshots()).length, 1);
  });

  it("retains on request, and the next create takes a new one", async () => {
    const { id, outputs } = await create({ onDestroy: "retain", description: "keep" });
    await snapshot.delete(id, outputs, context);
    assert.equal((await snapshots())[0]?.description, "keep");
    nextRun();
    const again = await create({ description: "keep" });
    assert.notEqual(again.outputs.platformId, outputs.platformId);
  });

  it("removes children on request and only then", async () => {
    const { id, outputs } = await create({ removeChildren: false });
    const child = platform.addSnapshot("vm-1", { name: "child" });
    await snapshot.delete(id, outputs, context);
    assert.deepEqual(
      (await snapshots()).map((snapshot) => [snapshot.id, snapshot.parentId]),
      [[child.id, undefined]],
    );
    const parent = await create({ removeChildren: true });
    platform.addSnapshot("vm-1", { name: "grandchild" });
    await snapshot.delete(parent.id, parent.outputs, context);
    assert.deepEqual(
      (await snapshots()).map((snapshot) => snapshot.id),
      [child.id],
    );
  });
});
