import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pluginBench } from "../../../testing/plugin/bench";

const bench = pluginBench();

/* The calls that the engine makes for one step, each of which shows less than the provider needs to know. */
describe("a replacement", () => {
  it("takes a snapshot of its own on the VM of the state, and the old one is deleted after it", async () => {
    const { id, inputs, state } = await bench.created({ triggers: [1] });
    await bench.client.configure();
    const args = { target: "web", triggers: [2] };
    const first = await bench.client.check(args, inputs);
    assert.deepEqual((await bench.client.diff(id, inputs, state, first.inputs)).reply.getReplacesList(), ["triggers"]);
    bench.driver.rename("vm-1", "web-old");
    const second = await bench.client.check(args);
    assert.notEqual(second.inputs.marker, inputs.marker);
    const made = await bench.client.create(second.inputs);
    assert.equal(made.state.targetId, "vm-1");
    await bench.client.delete(id, state);
    assert.deepEqual(
      bench.vm.snapshots.map((one) => one.id),
      [made.state.platformId],
    );
  });

  it("that is forced keeps the snapshot: the engine checks it once, and without the old inputs", async () => {
    const { id, state } = await bench.created();
    await bench.client.configure();
    const forced = await bench.created();
    assert.equal(forced.state.platformId, state.platformId);
    await bench.client.delete(id, state);
    assert.equal(bench.vm.snapshots.length, 1);
    assert.ok(
      bench.engine.lines.some((line) => JSON.stringify(line).includes("was kept, and no new snapshot was taken")),
    );
    await bench.client.configure();
    await bench.client.delete(forced.id, forced.state);
    assert.deepEqual(bench.vm.snapshots, []);
  });

  it("that was forced in earlier runs, which failed, leaves old states: their deletes keep the snapshot", async () => {
    const { id, inputs, state } = await bench.created();
    await bench.client.configure();
    await bench.created();
    await bench.client.configure();
    const args = { target: "web" };
    const { inputs: news } = await bench.client.check(args, inputs);
    await bench.client.diff(id, inputs, state, news);
    for (let failed = 0; failed < 2; failed++) await bench.client.delete(id, state);
    assert.equal(bench.vm.snapshots.length, 1);
    await bench.client.configure();
    await bench.client.delete(id, state);
    assert.deepEqual(bench.vm.snapshots, []);
  });
});
