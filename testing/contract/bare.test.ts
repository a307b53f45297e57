import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { recoveryPoint, snapshot } from "../../provider/resources/snapshot";
import { testContext } from "../memory-driver/context";
import { packageRoot } from "../support/package-root";
import { BareDriver } from "./bare-driver";
import { BarePlatform } from "./bare-platform";
import { describeDriverContract } from "./driver-contract";

describeDriverContract("a driver written from the contract alone", async () => {
  const platform = new BarePlatform();
  let count = 0;
  return {
    driver: new BareDriver(platform),
    kind: "snapshot",
    newTarget: async () => platform.add(`name-${++count}`),
    twin: async ({ name }) => void platform.add(name),
    removeTarget: async ({ id }) => platform.remove(id),
    snapshots: async (target) => {
      const copies = (await platform.machines()).find(({ id }) => id === target.id)?.copies ?? [];
      return copies.map(({ text }, index) => ({ id: String(index), text }));
    },
    taskTime: async (milliseconds) => {
      platform.taskTime = milliseconds;
    },
    loseNextReply: async () => {
      platform.loseNext = true;
    },
    close: async () => {},
  };
});

describe("the contract", () => {
  it("is enough to write a driver from, in fewer than 150 lines that import nothing else of a platform", () => {
    const source = readFileSync(join(packageRoot(__dirname), "testing", "contract", "bare-driver.ts"), "utf8");
    const lines = source.trimEnd().split("\n").length;
    assert.ok(lines < 150, `${lines} lines`);
    const imports = [...source.matchAll(/from "([^"]+)"|(?:import|require)\("([^"]+)"\)/g)].map((match) => match[1]);
    const allowed = ["core/errors", "core/operation", "platforms/contract", "platforms/ownership"].map(
      (name) => `../../provider/${name}`,
    );
    assert.deepEqual(imports, allowed);
  });

  for (const lifecycle of [snapshot, recoveryPoint]) {
    it(`carries a whole ${lifecycle.type} over such a driver: create, again, read, update, delete`, async () => {
      const platform = new BarePlatform();
      platform.taskTime = 20;
      platform.add("web");
      const copies = async () => (await platform.machines()).flatMap((machine) => machine.copies);
      const context = testContext(new BareDriver(platform));
      const check = async (news: Record<string, unknown>, olds?: Record<string, unknown>) => {
        const { inputs, failures } = await lifecycle.check(olds, { target: "web", ...news }, context);
        assert.deepEqual(failures, []);
        return inputs;
      };

      platform.loseNext = true;
      const made = await lifecycle.create(await check({ name: "before", description: "why" }), context);
      assert.deepEqual([made.outputs.name, made.outputs.description], ["before", "why"]);
      // The next run after a crash.
      const again = await lifecycle.create(
        await check({ name: "before", description: "why" }),
        testContext(new BareDriver(platform)),
      );
      assert.equal(again.id, made.id);
      assert.equal((await copies()).length, 1);

      const inputs = await check({ name: "after", description: "why not", ttl: "3d" }, made.outputs);
      const { updates, replaces } = await lifecycle.diff(made.id, made.outputs, inputs, context);
      assert.deepEqual([updates.sort(), replaces], [["description", "name", "ttl"], []]);
      const updated = await lifecycle.update(made.id, made.outputs, inputs, context);
      const read = await lifecycle.read(made.id, updated, context);
      assert.deepEqual([read?.outputs.name, read?.outputs.description], ["after", "why not"]);
      assert.match((await copies())[0]?.text ?? "", /^why not\n\n\[snapstate: ttl 259200s\]\n\[snapstate:/);

      await lifecycle.delete(made.id, updated, context);
      assert.deepEqual(await copies(), []);
      assert.equal(await lifecycle.read(made.id, updated, context), undefined);

      const { failures } = await lifecycle.check(
        undefined,
        lifecycle.type === "Snapshot" ? { target: "web", memory: true } : { target: "web", consistency: "memory" },
        context,
      );
      assert.match(failures[0]?.reason ?? "", /^bare has nothing of the kind\. Leave it out/);
    });
  }
});
