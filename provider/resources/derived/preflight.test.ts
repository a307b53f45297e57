import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { type TestContext, testContext } from "../../../testing/memory-driver/context";
import { MemoryDerived } from "../../../testing/memory-driver/memory-derived";
import { MemoryDriver } from "../../../testing/memory-driver/memory-driver";
import { UNKNOWN } from "../../schema/unknown";
import type { Values } from "../shared/lifecycle";
import { firstMarker } from "../shared/marker";
import { volume } from ".";

let platform: MemoryDriver;
let context: TestContext;

beforeEach(() => {
  platform = new MemoryDriver();
  platform.derived = new MemoryDerived();
  platform.addVm("vm-1", "web");
  platform.addSnapshot("vm-1", { name: "gold" });
  context = testContext(platform, "urn:pulumi:dev::app::snapstate:Volume::data");
});

async function check(news: Values) {
  const { inputs, failures, warnings } = await volume.check(undefined, { name: "data", ...news }, context);
  return { inputs, warnings, refusals: failures.map(({ property, reason }) => `${property}: ${reason}`).join("\n") };
}

describe("a Volume is refused at plan time", () => {
  it("without its snapshot, or with one that cannot be used or is of another installation", async () => {
    assert.equal((await check({ snapshot: "default/vm-1/point-1" })).refusals, "");
    assert.match((await check({ snapshot: "default/vm-1/point-9" })).refusals, /^snapshot: .*does not exist/);
    platform.addSnapshot("vm-1", { name: "half", failed: "Error" });
    assert.match((await check({ snapshot: "default/vm-1/point-2" })).refusals, /^snapshot: .*is Error/);
    assert.match((await check({ snapshot: "another/vm-1/point-1" })).refusals, /^snapshot: .*another installation/);
  });

  it("for an ambiguous VM, but not for one that does not exist yet", async () => {
    platform.addVm("vm-2", "web");
    const snapshot = "point-1";
    assert.match((await check({ snapshot, attachTo: "web" })).refusals, /^attachTo: .*2 VMs match/);
    const { refusals, warnings } = await check({ snapshot, attachTo: "new" });
    assert.equal(refusals, "");
    assert.match(warnings.join(), /VM "new" not found; up fails unless/);
  });

  it("but not for a snapshot that does not exist yet, nor for one deleted after the volume was made", async () => {
    assert.equal((await check({ snapshot: UNKNOWN })).refusals, "");
    assert.equal((await check({ snapshot: `default/vm-1/~${firstMarker("x")}` })).refusals, "");
    const { inputs } = await check({ snapshot: "default/vm-1/point-1" });
    await volume.create(inputs, context);
    platform.addVm("vm-1", "web");
    assert.equal((await check({ snapshot: "default/vm-1/point-1" })).refusals, "");
  });
});
