import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { CloudStackDriver } from "../../provider/platforms/cloudstack/driver";
import type { Values } from "../../provider/resources";
import { template, volume } from "../../provider/resources/derived";
import { testContext } from "../memory-driver/context";
import { MemoryDriver } from "../memory-driver/memory-driver";
import { CloudStackSimulator } from "../simulators/cloudstack";
import { cloudstackDriver, commandsOf } from "./cloudstack-driver";
import { failure } from "./failure";

for (const { lifecycle, command } of [
  { lifecycle: template, command: "createTemplate" },
  { lifecycle: volume, command: "createVolume" },
] as const) {
  describe(`${lifecycle.type} from a CloudStack snapshot`, () => {
    let cloud: CloudStackSimulator;
    let driver: CloudStackDriver;
    let news: Values;

    beforeEach(async () => {
      cloud = new CloudStackSimulator({ jobTime: 20 });
      await cloud.listen();
      const vm = cloud.addVm({ name: "web", powerState: "Stopped" });
      cloud.addVm({ name: "other", powerState: "Stopped" });
      const [root] = cloud.volumesOf(vm);
      assert.ok(root);
      news = { snapshot: cloud.addSnapshot(root, { name: "s" }).id, name: "copy" };
      driver = cloudstackDriver(cloud);
    });
    afterEach(async () => {
      await driver.close();
      await cloud.close();
    });

    const rows = () =>
      lifecycle === template
        ? cloud.state.templates.filter(({ displayText }) => displayText.includes("[snapstate:"))
        : cloud.state.volumes.filter(({ name }) => name.includes("[snapstate:"));
    const run = async (change: Values = {}) => {
      const context = testContext(driver);
      const { inputs, failures } = await lifecycle.check(undefined, { ...news, ...change }, context);
      assert.deepEqual(failures, []);
      return { context, inputs, create: () => lifecycle.create(inputs, context) };
    };
    const created = async (change: Values = {}) => (await run(change)).create();

    it("is made, read back, found again by the next run, and removed", async () => {
      const { id, outputs } = await created();
      assert.deepEqual([outputs.name, outputs.ready, rows()[0]?.id], ["copy", true, outputs.platformId]);
      assert.equal((await created()).id, id);
      assert.equal(rows().length, 1);
      const { context } = await run();
      const read = await lifecycle.read(id, outputs, context);
      assert.deepEqual(read?.outputs, outputs);
      await lifecycle.delete(id, outputs, context);
      assert.equal(rows().length, 0);
      assert.equal(await lifecycle.read(id, outputs, context), undefined);
      await lifecycle.delete(id, outputs, context);
    });

    it("is made once when the answer is lost", async () => {
      const { create } = await run();
      commandsOf(cloud);
      cloud.inject({ kind: "reset-after", match: ({ body }) => new URLSearchParams(body).get("command") === command });
      await create();
      assert.equal(rows().length, 1);
      assert.equal(commandsOf(cloud).filter((name) => name === command).length, 1);
    });

    it("takes the id of a Snapshot, also while that ends in a marker, and is not replaced when it changes", async () => {
      const marker = "a2".repeat(13);
      const [row] = cloud.state.snapshots.filter();
      assert.ok(row);
      row.name = `s [snapstate:${marker}]`;
      const gone = created({ snapshot: `default/${row.volume.id}/~${"b3".repeat(13)}` });
      assert.match((await failure(gone, "not-found")).message, /create of .* was interrupted/);
      const pending = `default/${row.volume.id}/~${marker}`;
      const { id, outputs } = await created({ snapshot: pending });
      const { inputs, context } = await run({ snapshot: `default/${row.volume.id}/${row.id}` });
      const { updates, replaces } = await lifecycle.diff(id, outputs, inputs, context);
      assert.deepEqual([updates, replaces], [["snapshot"], []]);
    });

    it("is kept when it is told to be", async () => {
      const { id, outputs } = await created({ onDestroy: "retain" });
      await lifecycle.delete(id, outputs, (await run()).context);
      assert.equal(rows().length, 1);
    });

    it("says that its snapshot is gone, and which platforms make none", async () => {
      const snapshot = "4f0d6b42-74de-4a43-9d1b-6d2cfb7d8a11";
      await failure(created(lifecycle === template ? { snapshot, osType: "x" } : { snapshot }), "not-found");
      const { failures } = await lifecycle.check(undefined, news, testContext(new MemoryDriver()));
      assert.match(failures[0]?.reason ?? "", /cannot make (template|volume)s/);
    });

    it("is replaced with another snapshot, and a volume moves in place", async () => {
      const { id, outputs } = await created(lifecycle === volume ? { attachTo: "web" } : {});
      const { inputs, context } = await run(lifecycle === volume ? { attachTo: "other" } : {});
      const { replaces } = await lifecycle.diff(id, outputs, { ...inputs, snapshot: "another" }, context);
      assert.deepEqual(replaces, ["snapshot"]);
      if (lifecycle !== volume) return;
      assert.deepEqual((await lifecycle.diff(id, outputs, inputs, context)).updates, ["attachTo"]);
      const vmOf = (name: string) => cloud.state.vms.filter((vm) => vm.name === name)[0]?.id;
      assert.equal(outputs.attachedTo, vmOf("web"));
      const after = await lifecycle.update(id, outputs, inputs, context);
      assert.equal(after.attachedTo, vmOf("other"));
      assert.equal(after.platformId, outputs.platformId);
      await lifecycle.delete(id, after, context);
      assert.equal(rows().length, 0);
    });
  });
}
