import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { type TestContext, testContext } from "../../../testing/memory-driver/context";
import { MemoryDriver } from "../../../testing/memory-driver/memory-driver";
import { UNKNOWN } from "../../schema/unknown";
import type { Values } from "../shared/lifecycle";
import { firstMarker } from "../shared/marker";
import { restore } from ".";

const OWNER = "urn:pulumi:dev::app::snapstate:Restore::back";
const due = { target: "web", snapshot: "before", triggers: ["a"] };
const unkept = { ...due, safetySnapshot: false, confirm: "web" };
let platform: MemoryDriver;
let context: TestContext;

beforeEach(() => {
  platform = new MemoryDriver();
  platform.addVm("vm-1", "web");
  platform.addSnapshot("vm-1", { name: "before" });
  platform.addVm("vm-2", "db");
  context = testContext(platform, OWNER);
});

async function check(news: Values) {
  const { failures, warnings } = await restore.check(undefined, news, context);
  return { failures, refusals: failures.map(({ property, reason }) => `${property}: ${reason}`).join("\n"), warnings };
}

describe("a Restore that is due is refused at plan time", () => {
  const cases: [what: string, news: Values, prepare: () => void, refusal: RegExp][] = [
    [
      "without a matching confirm",
      { ...unkept, confirm: "db" },
      () => {},
      /^confirm: .*confirm is "db".*name is "web"/,
    ],
    [
      "with a snapshot to come and a wrong confirm",
      { ...unkept, snapshot: UNKNOWN, confirm: "db" },
      () => {},
      /^confirm: /,
    ],
    [
      "of a missing snapshot",
      { ...due, snapshot: "gone" },
      () => {},
      /^snapshot: .*no snapshot "gone"; it has "before"/,
    ],
    [
      "of an ambiguous snapshot",
      due,
      () => platform.addSnapshot("vm-1", { name: "before" }),
      /point-1.*and point-2.*both have the name "before"/,
    ],
    [
      "of another VM's snapshot",
      { ...due, snapshot: "default/vm-2/point-2" },
      () => platform.addSnapshot("vm-2", { name: "other" }),
      /^snapshot: .*one of vm-2/,
    ],
    [
      "of the same id on another installation",
      { ...due, snapshot: "another/vm-1/point-1" },
      () => {},
      /another installation/,
    ],
    [
      "of what cannot be used",
      { ...due, snapshot: "point-2" },
      () => platform.addSnapshot("vm-1", { name: "half", failed: "Error" }),
      /^snapshot: .*is Error/,
    ],
    [
      "that the platform would refuse",
      due,
      () => {
        platform.forecast = () => ({
          refusal: { reason: "the VM is suspended", remedy: "Power it off" },
          powerAfter: "off",
          consumesSnapshot: false,
        });
      },
      /^target: .*the VM is suspended. Power it off/,
    ],
    ["whose safety snapshot has no room", due, () => Object.assign(platform, { snapshots: 1 }), /^safetySnapshot: /],
    [
      "whose safety snapshot a device blocks",
      due,
      () => {
        const blockers = [{ code: "x", message: "a raw disk", blocks: "all" as const }];
        platform.addVm("vm-3", "raw", { blockers });
        platform.addSnapshot("vm-3", { name: "before" });
        platform.rename("vm-1", "other");
        platform.rename("vm-3", "web");
      },
      /^safetySnapshot: .*a raw disk/,
    ],
    ["of a VM whose name is ambiguous", due, () => platform.rename("vm-2", "web"), /^target: .*2 VMs match/],
  ];
  for (const [what, news, prepare, refusal] of cases) {
    it(what, async () => {
      prepare();
      const { refusals } = await check(news);
      assert.match(refusals, refusal);
      assert.equal(platform.calls.includes("revertToSnapshot"), false);
    });
  }

  it("also when an existing one becomes due, by its diff", async () => {
    const armed = await restore.check(undefined, { ...unkept, triggers: [] }, context);
    const { id, outputs } = await restore.create(armed.inputs, context);
    const { inputs, failures } = await restore.check(armed.inputs, { ...unkept, confirm: "db" }, context);
    assert.deepEqual(failures, []);
    await assert.rejects(restore.diff(id, outputs, inputs, context), /confirm is "db"/);
    assert.deepEqual((await restore.diff(id, outputs, { ...inputs, triggers: [] }, context)).updates, ["confirm"]);
  });
});

describe("what may change before up, or does not concern it, is not refused", () => {
  it("a VM that does not exist yet, a platform that does not answer, and a create to be finished first", async () => {
    const missing = await check({ ...due, target: "new" });
    assert.deepEqual(missing.failures, []);
    assert.match(
      missing.warnings.join("\n"),
      /will be lost[\s\S]*VM "new" not found; up fails unless this program creates it/,
    );
    platform.faults.push({ method: "findTarget", kind: "unreachable", when: "before" });
    const silent = await check(due);
    assert.deepEqual([silent.failures.length, silent.warnings.length > 0], [0, true]);
    const pending = await check({ ...due, snapshot: `default/vm-1/~${firstMarker("x")}` });
    assert.deepEqual(pending.failures, []);
    assert.match(pending.warnings.join("\n"), /up finishes it first/);
  });

  it("anything, while no trigger is given", async () => {
    assert.deepEqual((await check({ ...unkept, confirm: "db", snapshot: "gone", triggers: [] })).failures, []);
  });

  it("a revert that an interrupted run has made already", async () => {
    const { inputs } = await restore.check(undefined, unkept, context);
    await restore.create(inputs, context);
    platform.forecast = () => ({
      refusal: { reason: "the VM is suspended", remedy: "Power it off" },
      powerAfter: "off",
      consumesSnapshot: false,
    });
    assert.deepEqual((await check(unkept)).failures, []);
  });
});
