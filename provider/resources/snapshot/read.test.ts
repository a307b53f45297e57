import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { testCall } from "../../../testing/contract/call";
import { checked, context, create, kind, nextRun, platform } from "../../../testing/memory-driver/snapshot-bench";
import { snapshot } from ".";

describe("drift", () => {
  it("detects a rename by hand and reverts it by update, whether the name was given or generated", async () => {
    for (const news of [{ name: "given" }, {}]) {
      const { id, outputs } = await create(news);
      await platform.editSnapshot(
        "snapshot",
        { targetId: "vm-1", snapshotId: String(outputs.platformId) },
        { name: "by hand" },
        testCall(),
      );
      const read = await snapshot.read(id, outputs, context);
      assert.equal(read?.outputs.name, "by hand");
      const wanted = await checked(news, outputs);
      const { updates, replaces } = await snapshot.diff(id, read?.outputs ?? {}, wanted, context);
      assert.deepEqual([updates, replaces], [["name"], []]);
      const after = await snapshot.update(id, read?.outputs ?? {}, wanted, context);
      assert.equal(after.name, outputs.name);
      await snapshot.delete(id, after, context);
    }
  });

  it("keeps the marker through every edit, and leaves a description alone that the program does not state", async () => {
    const { id, outputs } = await create({ name: "a" });
    const ref = { targetId: "vm-1", snapshotId: String(outputs.platformId) };
    await platform.editSnapshot(
      "snapshot",
      ref,
      { text: { description: "ask Kim first", ownership: { marker: String(outputs.marker) } } },
      testCall(),
    );
    const read = await snapshot.read(id, outputs, context);
    const news = await checked({ name: "b" }, outputs);
    assert.deepEqual((await snapshot.diff(id, read?.outputs ?? {}, news, context)).updates, ["name"]);
    const after = await snapshot.update(id, read?.outputs ?? {}, news, context);
    assert.equal(after.description, "ask Kim first");
    assert.equal(after.managed, true);
  });

  it("reads the same state twice from an unchanged platform", async () => {
    const { id, outputs } = await create({ name: "a", description: "b", ttl: "1h" });
    const read = await snapshot.read(id, outputs, context);
    assert.deepEqual(read?.outputs, outputs);
    assert.equal(read?.id, id);
  });

  it("drops the state only on the platform's proof", async () => {
    const { id, outputs } = await create();
    for (const kindOf of ["auth", "permission", "unreachable", "protocol", "timeout"] as const) {
      platform.faults.push({ method: "inspect", kind: kindOf, when: "before" });
      await assert.rejects(snapshot.read(id, outputs, context), kind(kindOf));
    }
    platform.installationId = "another-vcenter";
    await assert.rejects(snapshot.read(id, outputs, context), kind("conflict"));
    await assert.rejects(snapshot.delete(id, outputs, context), kind("conflict"));
    platform.installationId = "memory-1";
    platform.addSnapshot("vm-1", { name: "foreign" });
    await platform.removeSnapshot(
      "snapshot",
      { targetId: "vm-1", snapshotId: String(outputs.platformId) },
      { removeChildren: false, consolidate: true },
      testCall(),
    );
    assert.equal(await snapshot.read(id, outputs, context), undefined);
    platform.removeVm("vm-1");
    assert.equal(await snapshot.read(id, outputs, context), undefined);
  });

  it("reads from an id alone, by platform id and by names, with inputs that show no change", async () => {
    const { outputs } = await create({ name: "a b/c", description: "d", quiesce: "require" });
    for (const id of [`default/vm-1/${outputs.platformId}`, "default/web/a%20b%2Fc"]) {
      const read = await snapshot.read(id, {}, context);
      assert.equal(read?.id, `default/vm-1/${outputs.platformId}`);
      const news = await checked(read?.inputs ?? {}, read?.inputs);
      const { updates, replaces } = await snapshot.diff(id, read?.outputs ?? {}, news, context);
      assert.deepEqual([...updates, ...replaces], []);
    }
  });
});

describe("a snapshot without a state", () => {
  it("is reused by its marker, which is reported with its time", async () => {
    const { outputs } = await create({ name: "one" });
    nextRun();
    const again = await create({ name: "one" });
    assert.equal(again.outputs.platformId, outputs.platformId);
    const said = context.reports.filter(({ severity }) => severity === "warning").map(({ message }) => message);
    assert.match(
      said.join(),
      new RegExp(`reused snapshot "one" \\(${outputs.platformId}\\) of ${outputs.createdAt}, which has`),
    );
  });

  it("gets its marker in the update after an import, and not in the import itself", async () => {
    const byHand = platform.addSnapshot("vm-1", { name: "golden", description: "by hand" });
    const read = await snapshot.read(`default/vm-1/${byHand.id}`, {}, context);
    assert.ok(read);
    const news = { target: read.inputs.target, name: "golden", description: "by hand" };
    const state = read.outputs;
    const inputs = await checked(news, read.inputs);
    assert.deepEqual((await snapshot.diff(read.id, state, inputs, { ...context, imported: true })).updates, []);
    nextRun();
    const next = await checked(news, read.inputs);
    assert.deepEqual((await snapshot.diff(read.id, state, next, context)).updates, ["managed"]);
    const after = await snapshot.update(read.id, state, next, context);
    assert.deepEqual([after.managed, after.description], [true, "by hand"]);
    assert.deepEqual((await snapshot.diff(read.id, after, next, context)).updates, []);
  });
});
