import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { CloudStackDriver } from "../../provider/platforms/cloudstack/driver";
import type { Values } from "../../provider/resources";
import { checkTarget } from "../../provider/resources/queries/check-target";
import { recoveryPoint, snapshot } from "../../provider/resources/snapshot";
import { testContext } from "../memory-driver/context";
import { CloudStackSimulator } from "../simulators/cloudstack";
import { testCall } from "./call";
import { cloudstackDriver, commandsOf } from "./cloudstack-driver";
import { failure } from "./failure";

describe("rows that CloudStack leaves in a state on which nothing works", () => {
  let cloud: CloudStackSimulator;
  let driver: CloudStackDriver;
  const news = { target: "web", name: "one" };

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

  const rows = () => cloud.state.vmSnapshots.filter().map(({ state }) => state);
  const vm = () => cloud.state.vms.filter()[0] as ReturnType<CloudStackSimulator["addVm"]>;
  /** One run of the program: a new process with the same owner. */
  const run = async (given: Values = news) => {
    await driver.close();
    driver = cloudstackDriver(cloud);
    const context = testContext(driver);
    const { inputs, failures } = await recoveryPoint.check(undefined, given, context);
    return { context, inputs, refusals: failures.map(({ reason }) => reason).join() };
  };
  const create = async () => {
    const { inputs, context } = await run();
    return recoveryPoint.create(inputs, context);
  };
  /** A recovery point whose removal failed: it is in Expunging without a job. */
  const expunging = async () => {
    const made = await create();
    const { context } = await run();
    cloud.failNext("deleteVMSnapshot");
    await failure(recoveryPoint.delete(made.id, made.outputs, context), "task-failed");
    assert.deepEqual(rows(), ["Expunging"]);
    return made;
  };

  it("a removal that failed is cleared by the next create, which then takes its own, and the preview says nothing", async () => {
    await expunging();
    const { refusals } = await run();
    assert.doesNotMatch(refusals, /./);
    commandsOf(cloud);
    const { outputs } = await create();
    assert.equal(outputs.managed, true);
    assert.deepEqual(rows(), ["Ready"]);
    const sent = commandsOf(cloud);
    assert.equal(sent.filter((name) => name === "createVMSnapshot").length, 1);
    assert.equal(sent.filter((name) => name === "deleteVMSnapshot").length, 1);
  });

  it("a removal that failed is cleared by the next destroy, and by a refresh", async () => {
    const first = await expunging();
    const { context } = await run();
    await recoveryPoint.delete(first.id, first.outputs, context);
    assert.deepEqual(rows(), []);
    const second = await expunging();
    assert.equal(await recoveryPoint.read(second.id, second.outputs, (await run()).context), undefined);
    assert.deepEqual(rows(), []);
  });

  it("a removal that is under way in another process is waited for, and not cleared", async () => {
    const made = await create();
    const { context } = await run();
    cloud.jobs.times = 300;
    const removing = recoveryPoint.delete(made.id, made.outputs, context);
    while (rows()[0] !== "Expunging") await new Promise((next) => setTimeout(next, 5));
    const other = cloudstackDriver(cloud);
    const { runningTasks, snapshots } = await other.inspect("recovery-point", vm().id, testCall());
    assert.deepEqual([runningTasks.length, snapshots[0]?.abandoned], [1, undefined]);
    await other.close();
    await removing;
  });

  it("a create that failed leaves nothing, so that a destroy has nothing to do", async () => {
    const { inputs, context } = await run();
    cloud.failNext("createVMSnapshot");
    await failure(recoveryPoint.create(inputs, context), "task-failed");
    assert.deepEqual(rows(), []);
  });

  it("a create that failed and cannot be cleared is in the state, and the next destroy clears it", async () => {
    const { inputs, context } = await run();
    cloud.failNext("createVMSnapshot");
    cloud.failNext("deleteVMSnapshot");
    const error = (await recoveryPoint.create(inputs, context).catch((reason: unknown) => reason)) as {
      id: string;
      outputs: Values;
    };
    assert.deepEqual(rows(), ["Expunging"]);
    await recoveryPoint.delete(error.id, error.outputs, (await run()).context);
    assert.deepEqual(rows(), []);
  });

  for (const state of ["Creating", "Allocated"] as const) {
    it(`somebody's in ${state} since long ago: the refusal names the way out at once, and it is not touched`, async () => {
      cloud.addVmSnapshot(vm(), { displayName: "old", state, created: new Date(Date.now() - 3_600_000) });
      const { inputs, context, refusals } = await run();
      const said = new RegExp(`stuck in ${state}, without a running job.*Remedy: .*(restart|administrator)`);
      assert.match(refusals, said);
      commandsOf(cloud);
      assert.match((await failure(recoveryPoint.create(inputs, context), "guard")).message, said);
      assert.ok(!commandsOf(cloud).some((name) => /^(create|delete)/.test(name)));
      const { ready, findings } = await checkTarget(
        { connection: "default", target: "web", kind: "recovery-point" },
        context,
      );
      assert.equal(ready, false);
      assert.match(JSON.stringify(findings), said);
      assert.deepEqual(rows(), [state]);
    });
  }

  it("a removal beside one that is stuck says what is in the way, and does not try for ever", async () => {
    const made = await create();
    cloud.addVmSnapshot(vm(), { displayName: "old", state: "Creating", created: new Date(Date.now() - 3_600_000) });
    const { context } = await run();
    const error = await failure(recoveryPoint.delete(made.id, made.outputs, context), "conflict");
    assert.match(error.message, /other active.*stuck in Creating.*restart of the management server/);
    assert.deepEqual(rows().sort(), ["Creating", "Ready"]);
  });

  it("a volume snapshot in BackingUp without a job does not hold up the next run", async () => {
    const context = testContext(driver);
    const given = { target: "web/ROOT", name: "one" };
    const { inputs } = await snapshot.check(undefined, given, context);
    const { outputs } = await snapshot.create(inputs, context);
    const row = cloud.state.snapshots.find(String(outputs.platformId));
    assert.ok(row);
    // As after an upgrade of the server.
    row.state = "BackingUp";
    const volume = cloud.volumesOf(vm())[0]?.id as string;
    const { snapshots, runningTasks } = await driver.inspect("snapshot", volume, testCall());
    assert.deepEqual(
      [snapshots[0]?.failed, snapshots[0]?.abandoned, runningTasks],
      ["stuck in BackingUp", undefined, []],
    );
  });
});
