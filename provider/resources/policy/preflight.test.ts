import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { type TestContext, testContext } from "../../../testing/memory-driver/context";
import { MemoryDriver } from "../../../testing/memory-driver/memory-driver";
import type { Values } from "../shared/lifecycle";
import { snapshotPolicy } from ".";

const OWNER = "urn:pulumi:dev::app::snapstate:SnapshotPolicy::nightly";
let platform: MemoryDriver;
let context: TestContext;

beforeEach(() => {
  platform = new MemoryDriver();
  platform.addVm("vm-1", "web");
  platform.addVm("vm-2", "db");
  context = testContext(platform, OWNER);
});

async function check(news: Values = {}, olds?: Values) {
  const given = { targets: ["web", "db"], keepLast: 2, ...news };
  const { inputs, failures, warnings } = await snapshotPolicy.check(olds, given, context);
  return { inputs, warnings, refusals: failures.map(({ property, reason }) => `${property}: ${reason}`).join("\n") };
}

describe("a SnapshotPolicy is refused at plan time", () => {
  it("when it names a VM twice, in the same way or another", async () => {
    assert.match(
      (await check({ targets: ["web", "db", "web"] })).refusals,
      /^targets\[2\]: repeats the VM of targets\[0\]/,
    );
    assert.match(
      (await check({ targets: ["web", { id: "vm-1" }] })).refusals,
      /^targets\[1\]: .*are the same VM, "web"/,
    );
  });

  it("also when an existing one is changed to that", async () => {
    const { inputs } = await check({ targets: ["web"] });
    const { id, outputs } = await snapshotPolicy.create(inputs, context);
    const changed = await check({ targets: ["web", { name: "web" }] }, inputs);
    await assert.rejects(snapshotPolicy.diff(id, outputs, changed.inputs, context), /the same VM/);
  });

  it("for a refusal of one of its VMs, on that VM's input", async () => {
    platform.addVm("vm-2", "db", { powerState: "off" });
    assert.match((await check({ consistency: "memory" })).refusals, /^consistency: VM "db": .*powered off/);
    const blockers = [{ code: "x", message: "a raw disk", blocks: "all" as const }];
    platform.addVm("vm-2", "db", { blockers });
    assert.match((await check()).refusals, /^targets\[1\]: VM "db": a raw disk/);
    platform.addVm("vm-3", "db");
    assert.match((await check()).refusals, /^targets\[1\]: .*2 VMs match/);
  });

  it("by its diff when a group is due, and never on a refresh", async () => {
    const { inputs } = await check({ triggers: ["1"] });
    const { id, outputs } = await snapshotPolicy.create(inputs, context);
    platform.addVm("vm-2", "db", { blockers: [{ code: "x", message: "a raw disk", blocks: "all" }] });
    const { inputs: news } = await check({ triggers: ["2"] }, inputs);
    await assert.rejects(snapshotPolicy.diff(id, outputs, news, context), /a raw disk/);
    const refresh = { ...testContext(platform, OWNER), compareOnly: true };
    assert.deepEqual((await snapshotPolicy.diff(id, outputs, news, refresh)).updates, ["triggers"]);
  });

  it("but not for a VM that does not exist yet, nor for a group that an interrupted run has taken", async () => {
    const { refusals, warnings } = await check({ targets: ["web", "new"] });
    assert.equal(refusals, "");
    assert.match(warnings.join("\n"), /VM "new" not found; up fails unless this program creates it/);
    await snapshotPolicy.create((await check()).inputs, context);
    platform.snapshots = 1;
    assert.equal((await check({ pruneFirst: true, keepLast: 1 })).refusals, "");
  });
});
