import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { testCall } from "../../../testing/contract/call";
import { type TestContext, testContext } from "../../../testing/memory-driver/context";
import { MemoryDriver } from "../../../testing/memory-driver/memory-driver";
import { UNKNOWN } from "../../schema/unknown";
import type { Values } from "../shared/lifecycle";
import { consolidationTask } from ".";

const OWNER = "urn:pulumi:dev::app::snapstate:ConsolidationTask::merge";
const GIB = 2 ** 30;
let platform: MemoryDriver;
let context: TestContext;

beforeEach(() => {
  platform = new MemoryDriver();
  platform.addVm("vm-1", "web", { consolidationNeeded: true });
  platform.addSnapshot("vm-1", { name: "old" });
  context = testContext(platform, OWNER);
});

async function check(news: Values = {}, olds?: Values) {
  const { inputs, failures, warnings } = await consolidationTask.check(olds, { target: "web", ...news }, context);
  return { inputs, warnings, refusals: failures.map(({ property, reason }) => `${property}: ${reason}`).join("\n") };
}

describe("a ConsolidationTask is refused at plan time", () => {
  it("on a target that is missing, but not on one that is not known yet", async () => {
    assert.match((await check({ target: "gone" })).refusals, /^target: VM "gone" not found/);
    assert.equal((await check({ target: UNKNOWN })).refusals, "");
  });

  it("on a target whose name is ambiguous", async () => {
    platform.addVm("vm-2", "web");
    assert.match((await check()).refusals, /^target: .*2 VMs match/);
  });

  it("against its own refuseWithSnapshots, only where it would run", async () => {
    const { refusals } = await check({ refuseWithSnapshots: true });
    assert.match(refusals, /^refuseWithSnapshots: .*"old" \(point-1\).*set refuseWithSnapshots to false/);
    platform.addVm("vm-1", "web");
    platform.addSnapshot("vm-1", { name: "old" });
    assert.equal((await check({ refuseWithSnapshots: true })).refusals, "");
    assert.match((await check({ refuseWithSnapshots: true, when: "always" })).refusals, /^refuseWithSnapshots/);
  });

  it("without the space that it needs", async () => {
    platform.space = { neededBytes: 2 * GIB, freeBytes: GIB };
    assert.match((await check()).refusals, /^checkSpace: .*needs 2.0 GiB.*has 1.0 GiB/);
    assert.equal((await check({ checkSpace: false })).refusals, "");
  });

  it("but not while a removal is running, nor when the platform does not answer", async () => {
    platform.faults.push({ method: "inspect", kind: "unreachable", when: "before", code: "ECONNREFUSED" });
    const silent = await check({ refuseWithSnapshots: true });
    assert.deepEqual([silent.refusals, silent.warnings.length], ["", 1]);
    const runningTasks = [{ id: "task-1", operation: "remove" }];
    const snapshots = [...(await platform.inspect("snapshot", "vm-1", testCall())).snapshots];
    platform.addVm("vm-1", "web", { consolidationNeeded: true, runningTasks, snapshots });
    assert.equal((await check({ refuseWithSnapshots: true })).refusals, "");
  });

  it("when a trigger changes, by its diff, and never on a refresh", async () => {
    const { inputs } = await check({ triggers: ["1"] });
    const { id, outputs } = await consolidationTask.create(inputs, context);
    const news = { triggers: ["2"], when: "always", refuseWithSnapshots: true };
    const changed = await check(news, inputs);
    await assert.rejects(consolidationTask.diff(id, outputs, changed.inputs, context), /still has snapshots/);
    const refreshed = { ...outputs, consolidationNeeded: true };
    const stated = { ...inputs, refuseWithSnapshots: true };
    platform.addVm("vm-1", "web", { consolidationNeeded: true });
    platform.addSnapshot("vm-1", { name: "old" });
    await assert.rejects(consolidationTask.diff(id, refreshed, stated, context), /still has snapshots/);
    const refresh = { ...testContext(platform, OWNER), compareOnly: true };
    const { updates } = await consolidationTask.diff(id, refreshed, stated, refresh);
    assert.deepEqual(updates, ["refuseWithSnapshots"]);
  });
});
