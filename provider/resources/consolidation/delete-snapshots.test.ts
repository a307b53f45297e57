import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { testCall } from "../../../testing/contract/call";
import { type TestContext, testContext } from "../../../testing/memory-driver/context";
import { MemoryDriver } from "../../../testing/memory-driver/memory-driver";
import type { Values } from "../shared/lifecycle";
import { firstMarker } from "../shared/marker";
import { consolidationTask } from ".";

const OWNER = "urn:pulumi:dev::app::snapstate:ConsolidationTask::clean";
const ALL = { deleteSnapshots: "all", confirm: "web" };
let platform: MemoryDriver;
let context: TestContext;

beforeEach(() => {
  platform = new MemoryDriver();
  platform.addVm("vm-1", "web");
  platform.addSnapshot("vm-1", { name: "by hand", createdAt: "2026-01-02T03:04:05.000Z" });
  managed("ours", "first");
  managed("ours too", "second");
  platform.addSnapshot("vm-1", { name: "a tool's" });
  context = testContext(platform, OWNER);
});

function managed(name: string, owner: string, hold?: boolean) {
  return platform.addSnapshot("vm-1", { name, ownership: { marker: firstMarker(owner), ...(hold ? { hold } : {}) } });
}

const names = async () => (await state()).snapshots.map(({ name }) => name);
const state = () => platform.inspect("snapshot", "vm-1", testCall());
const counted = (method: string) => platform.calls.filter((call) => call === method).length;

async function check(news: Values, olds?: Values, over = context) {
  const { inputs, failures, warnings } = await consolidationTask.check(olds, { target: "web", ...news }, over);
  return { inputs, warnings, refusals: failures.map(({ property, reason }) => `${property}: ${reason}`).join("\n") };
}

async function create(news: Values) {
  return consolidationTask.create((await check(news)).inputs, context);
}

describe("a ConsolidationTask that deletes snapshots", () => {
  it("deletes none by default", async () => {
    const { outputs } = await create({ when: "always", triggers: ["1"] });
    assert.deepEqual([outputs.deleted, (await names()).length, outputs.ran], [[], 4, true]);
  });

  it("deletes the managed ones, children first, and leaves the others", async () => {
    const { outputs } = await create({ deleteSnapshots: "managed", when: "always" });
    assert.deepEqual(outputs.deleted, ["point-3", "point-2"]);
    assert.deepEqual(await names(), ["by hand", "a tool's"]);
    assert.equal(counted("removeAllSnapshots"), 0);
  });

  it("deletes all by the platform's own call, and then merges remaining redundant disks", async () => {
    const { outputs } = await create(ALL);
    assert.deepEqual([await names(), outputs.deleted], [[], ["point-4", "point-3", "point-2", "point-1"]]);
    assert.deepEqual([counted("removeAllSnapshots"), counted("removeSnapshot"), outputs.ran], [1, 0, false]);
    platform.addVm("vm-1", "web", { consolidationNeeded: true });
    assert.equal((await create(ALL)).outputs.ran, true);
  });

  it("lists in the preview what would go, once, and nothing on a refresh or when nothing would", async () => {
    const { warnings, refusals, inputs } = await check(ALL);
    assert.equal(refusals, "");
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? "", /^VM "web": deletes 4 snapshots: "a tool's" \(point-4, .*foreign\); "ours too" \(/);
    assert.match(warnings[0] ?? "", /"by hand" \(point-1, 2026-01-02T03:04:05.000Z, foreign\)$/);
    assert.deepEqual((await check(ALL)).warnings, []);
    const { id, outputs } = await consolidationTask.create(inputs, context);
    managed("later", "third");
    const news = (await check({ ...ALL, triggers: ["2"] }, inputs)).inputs;
    await consolidationTask.diff(id, outputs, news, { ...testContext(platform, OWNER), compareOnly: true });
    assert.deepEqual(
      context.reports.filter(({ message }) => /deletes/.test(message)),
      [],
    );
    await consolidationTask.diff(id, outputs, news, context);
    assert.match(context.reports.map(({ message }) => message).join(), /deletes 1 snapshot: "later"/);
    assert.deepEqual(await names(), ["later"]);
  });

  it("does so once for each change of triggers, and not for any other change", async () => {
    const { inputs } = await check({ ...ALL, triggers: ["1"] });
    const { id, outputs } = await consolidationTask.create(inputs, context);
    managed("later", "third");
    const again = await check({ ...ALL, triggers: ["1"], when: "always" }, inputs);
    const recorded = await consolidationTask.update(id, outputs, again.inputs, context);
    assert.deepEqual([await names(), recorded.when], [["later"], "always"]);
    const changed = await check({ ...ALL, triggers: ["2"] }, again.inputs);
    assert.deepEqual((await consolidationTask.diff(id, recorded, changed.inputs, context)).updates, [
      "when",
      "triggers",
    ]);
    const after = await consolidationTask.update(id, recorded, changed.inputs, context);
    assert.deepEqual([await names(), after.deleted], [[], ["point-5"]]);
  });

  it("deletes nothing in a run that only a refresh made due", async () => {
    const { inputs } = await check({ ...ALL, triggers: ["1"] });
    const { id, outputs } = await consolidationTask.create(inputs, context);
    platform.addVm("vm-1", "web", { consolidationNeeded: true });
    managed("later", "third");
    const seen = (await consolidationTask.read(id, outputs, context))?.outputs ?? {};
    const { refusals } = await check({ ...ALL, triggers: ["1"] }, inputs);
    assert.equal(refusals, "");
    const after = await consolidationTask.update(id, seen, inputs, context);
    assert.deepEqual([after.ran, after.deleted, await names()], [true, [], ["later"]]);
  });

  it("is refused unless confirm is the target's name", async () => {
    assert.match((await check({ deleteSnapshots: "all" })).refusals, /^confirm: is required/);
    const wrong = await check({ ...ALL, confirm: "db" });
    assert.match(wrong.refusals, /^confirm: .*confirm is "db" and the target's name is "web"/);
    assert.deepEqual(wrong.warnings, []);
    await assert.rejects(consolidationTask.create(wrong.inputs, context), /refused before anything was changed/);
    assert.equal((await names()).length, 4);
    assert.equal((await check({ deleteSnapshots: "managed" })).refusals, "");
  });

  it("is refused over one that is on hold, and touches nothing, unless that one stays anyway", async () => {
    managed("precious", "third", true);
    for (const news of [ALL, { deleteSnapshots: "managed" }]) {
      const { refusals, inputs } = await check(news);
      assert.match(refusals, /^deleteSnapshots: .*on hold: "precious" \(point-5/);
      await assert.rejects(consolidationTask.create(inputs, context), /on hold/);
    }
    assert.equal((await names()).length, 5);
    assert.equal((await check({ when: "always" })).refusals, "");
  });

  it("counts only what stays for refuseWithSnapshots", async () => {
    const given = { when: "always", refuseWithSnapshots: true };
    assert.equal((await check({ ...given, ...ALL })).refusals, "");
    const { refusals } = await check({ ...given, deleteSnapshots: "managed" });
    assert.match(refusals, /still has snapshots: "by hand" \(point-1\), "a tool's" \(point-4\)\./);
  });

  it("looks when a reply is lost, and deletes again only what is still there", async () => {
    platform.faults.push({ method: "removeAllSnapshots", kind: "lost-reply", when: "after" });
    assert.equal((await create(ALL)).outputs.targetName, "web");
    assert.deepEqual([await names(), counted("removeAllSnapshots")], [[], 1]);
    managed("one", "one");
    managed("two", "two");
    platform.faults.push({ method: "removeSnapshot", kind: "lost-reply", when: "before" });
    await create({ deleteSnapshots: "managed", triggers: ["2"] });
    assert.deepEqual([await names(), counted("removeSnapshot")], [[], 3]);
  });

  it("fails when the platform leaves some", async () => {
    platform.removeAllSnapshots = async () => {};
    await assert.rejects(create(ALL), /still has "by hand" \(point-1/);
  });

  it("works where there is nothing to merge, and only for deleting", async () => {
    platform.consolidation = undefined;
    platform.unsupported.set("consolidate", { reason: "merges on delete", remedy: "Delete the snapshot" });
    assert.match((await check({})).refusals, /^target: memory merges on delete/);
    const { outputs } = await create({ ...ALL, when: "always" });
    assert.deepEqual([outputs.ran, await names()], [false, []]);
  });

  it("is refused where snapshots are not the user's to delete", async () => {
    platform.unsupported.set("create", { reason: "keeps restore points of its own", remedy: "Leave it out" });
    assert.match((await check(ALL)).refusals, /^deleteSnapshots: memory keeps restore points/);
  });
});
