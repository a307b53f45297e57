import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { CloudmcDriver } from "../../provider/platforms/cloudmc/driver";
import { cloudmcSettings } from "../../provider/platforms/cloudmc/settings";
import type { Values } from "../../provider/resources";
import { template, volume } from "../../provider/resources/derived";
import { testContext } from "../memory-driver/context";
import type { MemoryDriver } from "../memory-driver/memory-driver";
import { CloudmcSimulator } from "../simulators/cloudmc";

for (const lifecycle of [template, volume]) {
  describe(`${lifecycle.type} from a CloudMC snapshot`, () => {
    let cloud: CloudmcSimulator;
    let driver: CloudmcDriver;
    let news: Values;

    beforeEach(async () => {
      cloud = new CloudmcSimulator({ taskTime: 20 });
      await cloud.listen();
      const disk = cloud.state.addVolume("data", "DATA");
      news = { snapshot: cloud.state.addSnapshot(disk, "s").id, name: "copy" };
      const { platform: _, ...connection } = cloud.connection;
      driver = new CloudmcDriver(cloudmcSettings.parse({ ...connection, pollInterval: "10ms" }));
    });
    afterEach(async () => {
      await driver.close();
      await cloud.close();
    });

    const rows = () =>
      [...(lifecycle === template ? cloud.state.templates : cloud.state.volumes).values()].filter(({ name }) =>
        name.includes("[snapstate:"),
      );
    const run = async (change: Values = {}) => {
      // Only the context is used; its driver does not matter.
      const context = testContext(driver as unknown as MemoryDriver);
      const { inputs, failures } = await lifecycle.check(undefined, { ...news, ...change }, context);
      assert.deepEqual(failures, []);
      return { context, create: () => lifecycle.create(inputs, context) };
    };

    it("is made, read back, found again by the next run, and removed", async () => {
      const { context, create } = await run();
      const { id, outputs } = await create();
      assert.deepEqual([outputs.name, outputs.ready, rows()[0]?.id], ["copy", true, outputs.platformId]);
      assert.equal((await (await run()).create()).id, id);
      assert.equal(rows().length, 1);
      assert.deepEqual((await lifecycle.read(id, outputs, context))?.outputs, outputs);
      await lifecycle.delete(id, outputs, context);
      assert.equal(rows().length, 0);
      assert.equal(await lifecycle.read(id, outputs, context), undefined);
    });

    it("is one when the answer was lost after it was accepted", async () => {
      cloud.inject({ kind: "reset-after", match: ({ method }) => method === "POST" });
      const { outputs } = await (await run()).create();
      assert.deepEqual(
        rows().map(({ id }) => id),
        [outputs.platformId],
      );
    });
  });
}

describe("a data volume on CloudMC", () => {
  it("is attached, and refused by name while the instance has recovery points", async () => {
    const cloud = new CloudmcSimulator();
    await cloud.listen();
    const { platform: _, ...connection } = cloud.connection;
    const driver = new CloudmcDriver(cloudmcSettings.parse({ ...connection, pollInterval: "10ms" }));
    try {
      const web = cloud.state.addInstance("web");
      const snapshot = cloud.state.addSnapshot(cloud.state.addVolume("data", "DATA"), "s").id;
      const make = async (name: string) => {
        const context = testContext(driver as unknown as MemoryDriver, `urn:${name}`);
        const { inputs } = await volume.check(undefined, { snapshot, name, attachTo: { id: web.id } }, context);
        return volume.create(inputs, context);
      };
      await make("one");
      const attached = [...cloud.state.volumes.values()].find(({ name }) => name.startsWith("one "));
      assert.equal(attached?.instanceId, web.id);
      cloud.state.addPoint(web.id, "by hand");
      await assert.rejects(make("two"), /while the instance has recovery points/);
    } finally {
      await driver.close();
      await cloud.close();
    }
  });
});
