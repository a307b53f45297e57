import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { CloudStackDriver } from "../../provider/platforms/cloudstack/driver";
import type { SnapshotKind } from "../../provider/platforms/contract";
import { PartialStateError, type Values } from "../../provider/resources";
import { recoveryPoint, snapshot } from "../../provider/resources/snapshot";
import { testContext } from "../memory-driver/context";
import { CloudStackSimulator, type Row } from "../simulators/cloudstack";
import type { Table } from "../simulators/cloudstack/table";
import { cloudstackDriver, commandsOf } from "./cloudstack-driver";
import { failure } from "./failure";

const CASES = [
  { kind: "snapshot", lifecycle: snapshot, command: "createSnapshot", target: "web/ROOT" },
  { kind: "recovery-point", lifecycle: recoveryPoint, command: "createVMSnapshot", target: "web" },
] as const;

for (const { kind, lifecycle, command, target } of CASES) {
  describe(`exactly one ${kind} on CloudStack`, () => {
    let cloud: CloudStackSimulator;
    let driver: CloudStackDriver;
    const news = { target, name: "one", description: "why" };

    beforeEach(async () => {
      cloud = new CloudStackSimulator({ jobTime: 20 });
      await cloud.listen();
      cloud.addVm({ name: "web", powerState: "Stopped" });
      driver = cloudstackDriver(cloud);
    });
    afterEach(async () => {
      await driver.close();
      await cloud.close();
    });

    const table = (): Table<Row> => (kind === "snapshot" ? cloud.state.snapshots : cloud.state.vmSnapshots);
    const rows = () => {
      const all: { state: string }[] =
        kind === "snapshot"
          ? cloud.state.snapshots.filter(({ state }) => state !== "Destroyed")
          : cloud.state.vmSnapshots.filter();
      return all.map(({ state }) => state);
    };
    const USABLE = { snapshot: "BackedUp", "recovery-point": "Ready" } as const satisfies Record<SnapshotKind, string>;
    const sent = () => commandsOf(cloud).filter((name) => name === command).length;
    /** One run of the program: a new process with the same owner. */
    const run = async (settings: Record<string, unknown> = {}) => {
      await driver.close();
      driver = cloudstackDriver(cloud, settings);
      const context = testContext(driver);
      const { inputs } = await lifecycle.check(undefined, news, context);
      return { context, inputs, create: () => lifecycle.create(inputs, context) };
    };
    const created = async (settings: Record<string, unknown> = {}) => (await run(settings)).create();

    it("after the answer to the create was lost", async () => {
      const { create } = await run();
      commandsOf(cloud);
      cloud.inject({ kind: "reset-after", match: ({ body }) => new URLSearchParams(body).get("command") === command });
      const { outputs } = await create();
      assert.deepEqual([outputs.name, outputs.description, outputs.managed], ["one", "why", true]);
      assert.deepEqual([rows(), sent()], [[USABLE[kind]], 1]);
    });

    it("after a run that was killed while the platform was at work", async () => {
      const { create, context } = await run();
      cloud.jobs.times = 1500;
      const creating = create().catch((error: unknown) => error);
      while (rows().length === 0) await new Promise(setImmediate);
      context.abort.abort();
      const partial = await creating;
      assert.ok(partial instanceof PartialStateError, String(partial));
      const { context: next } = await run();
      const read = await lifecycle.read(partial.id, partial.outputs, next);
      assert.equal(read?.id, partial.id);
      const outputs = await lifecycle.update(partial.id, partial.outputs, partial.outputs as Values, next);
      assert.equal(outputs.managed, true);
      assert.deepEqual(rows(), [USABLE[kind]]);
    });

    it("after the server was killed in the middle of it, and has left an orphan", async () => {
      const { create } = await run();
      cloud.jobs.times = { [command]: 400, default: 10 };
      const creating = create();
      while (!rows().some((state) => state === "Creating" || state === "BackingUp")) await new Promise(setImmediate);
      await cloud.crash();
      cloud.jobs.times = 20;
      await cloud.restart();
      assert.deepEqual(rows(), ["Error"]);
      const { outputs } = await creating;
      assert.equal(outputs.managed, true);
      assert.deepEqual(rows(), [USABLE[kind]]);
    });

    it("after the server was killed before there was a job", async () => {
      const { create } = await run();
      cloud.crashDuring(command, "allocated");
      const failed = await create().catch((error: unknown) => error);
      assert.ok(failed instanceof PartialStateError, String(failed));
      await cloud.restart();
      const [phantom] = rows();
      assert.equal(phantom, "Allocated");
      for (const row of table().filter()) row.created = new Date(Date.now() - 60_000);
      const later = { stuckAfter: "30s" };
      if (kind === "snapshot") {
        await created(later);
        assert.deepEqual(rows(), [USABLE[kind]]);
      } else {
        // Only the administrator can fix this: the error says so, and nothing else is created.
        const error = await failure(created(later), "guard");
        assert.match(error.message, /is stuck in Allocated.*administrator.*8424/);
        assert.deepEqual(rows(), ["Allocated"]);
      }
    });

    it("beside one of the same name that is somebody else's", async () => {
      const [vm] = cloud.state.vms.filter();
      assert.ok(vm);
      if (kind === "snapshot") {
        for (const volume of cloud.volumesOf(vm)) cloud.addSnapshot(volume, { name: "one" });
      } else cloud.addVmSnapshot(vm, { displayName: "one" });
      const { id, outputs } = await created();
      const again = await created();
      assert.equal(again.id, id);
      const { context } = await run();
      await lifecycle.delete(id, outputs, context);
      assert.equal(rows().length, 1);
      assert.equal(await lifecycle.read(id, outputs, context), undefined);
    });

    it("left on the platform without its marker, and another one after that", async () => {
      const { id, outputs } = await created();
      const { context } = await run();
      await lifecycle.delete(id, { ...outputs, onDestroy: "retain" }, context);
      assert.equal(rows().length, 1);
      assert.notEqual((await created()).id, id);
      assert.equal(rows().length, 2);
    });

    it("whose name cannot be changed and whose description can", async () => {
      const { id, outputs } = await created();
      const { context } = await run();
      const changed = async (change: Values) => lifecycle.check(outputs, { ...news, ...change }, context);
      const { failures } = await changed({ name: "two" });
      assert.match(failures[0]?.reason ?? "", /cloudstack cannot rename a snapshot\. Keep the name/);
      const { inputs } = await changed({ description: "because" });
      const after = await lifecycle.update(id, outputs, inputs, context);
      assert.deepEqual([after.name, after.description, after.managed], ["one", "because", true]);
    });
  });
}
