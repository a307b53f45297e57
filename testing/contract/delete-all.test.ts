import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { lifecycles } from "../../provider/resources";
import { consolidationTask } from "../../provider/resources/consolidation";
import { snapshot } from "../../provider/resources/snapshot";
import { testContext } from "../memory-driver/context";
import { driverOf, platforms } from "../platforms";

const owner = (type: string) => `urn:pulumi:dev::app::snapstate:index:${type}::one`;

/** ConsolidationTask with `deleteSnapshots` on every platform, by the platform's own call where it has one. */
describe("snapshots deleted by a ConsolidationTask", () => {
  for (const [title, open] of platforms(2)) {
    it(title, async (t) => {
      const platform = await open();
      if (typeof platform === "string") return t.skip(platform);
      const driver = driverOf(platform);
      try {
        const target = await platform.newTarget();
        const { kind } = platform;
        const lifecycle = kind === "snapshot" ? snapshot : lifecycles.RecoveryPoint;
        const taking = testContext(driver, owner(lifecycle.type));
        const taken = await lifecycle.check(undefined, { target: { id: target.id }, name: "ours" }, taking);
        const { outputs } = await lifecycle.create(taken.inputs, taking);
        const foreign = platform.single ? [] : [await platform.takeForeign(target)];

        const run = async (news: object, triggers: string[]) => {
          const context = testContext(driver, owner(consolidationTask.type));
          const given = { target: { id: target.id }, kind, triggers, ...news };
          const { inputs, failures, warnings } = await consolidationTask.check(undefined, given, context);
          assert.deepEqual(failures, []);
          return { warnings, ...(await consolidationTask.create(inputs, context)) };
        };
        const managed = await run({ deleteSnapshots: "managed" }, ["1"]);
        assert.match(managed.warnings.join(), /deletes 1 snapshot: "ours"/);
        assert.deepEqual(managed.outputs.deleted, [outputs.platformId]);
        const ids = async () => (await platform.snapshots(target)).map(({ id }) => id);
        assert.deepEqual(await ids(), foreign);
        const all = await run({ deleteSnapshots: "all", confirm: target.name }, ["2"]);
        assert.deepEqual([all.outputs.deleted, await ids()], [foreign, []]);
        assert.deepEqual(await platform.leftovers(target), []);
      } finally {
        await driver.close();
        await platform.close();
      }
    });
  }
});
