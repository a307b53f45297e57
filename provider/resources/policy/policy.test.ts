import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  clock,
  context,
  count,
  create,
  DAY,
  diff,
  failOn,
  kind,
  names,
  nextRun,
  platform,
  update,
} from "../../../testing/memory-driver/policy-bench";
import { SnapstateError } from "../../core/errors";
import { PartialStateError } from "../shared/lifecycle";
import { snapshotPolicy } from ".";
import type { Member } from "./inputs";

describe("a group", () => {
  it("takes one snapshot of every VM, in a series of its own", async () => {
    const { id, outputs } = await create({ keepLast: 2, description: "by policy" });
    assert.equal(id, "default/nightly/policy");
    assert.deepEqual(await names("vm-1"), ["nightly-20261121T120000Z"]);
    assert.deepEqual(await count(), [1, 1]);
    const members = outputs.members as Member[];
    assert.deepEqual(
      members.map(({ targetName, snapshots }) => [targetName, snapshots.length]),
      [
        ["web", 1],
        ["db", 1],
      ],
    );
    assert.deepEqual([outputs.runs, outputs.takenBecause], [1, "creation"]);
    assert.deepEqual((await diff(outputs, { keepLast: 2, description: "by policy" })).updates, []);
  });

  it("is taken when a trigger changes, and pruned after that, the oldest first, foreign ones never", async () => {
    platform.addSnapshot("vm-1", { name: "foreign" });
    let { id, outputs } = await create({ keepLast: 2, triggers: ["1"] });
    for (const trigger of ["2", "3", "4"]) {
      clock.now += 1000;
      assert.deepEqual((await diff(outputs, { keepLast: 2, triggers: [trigger] })).updates, ["triggers"]);
      outputs = await update(id, outputs, { keepLast: 2, triggers: [trigger] });
    }
    assert.deepEqual(await names("vm-1"), ["foreign", "nightly-20261121T120002Z", "nightly-20261121T120003Z"]);
    assert.deepEqual(await names("vm-2"), ["nightly-20261121T120002Z", "nightly-20261121T120003Z"]);
    const [pruned] = outputs.pruned as { name: string; reasons: string[] }[];
    assert.deepEqual([pruned?.name, pruned?.reasons], ["nightly-20261121T120001Z", ["beyond keepLast 2"]]);
    assert.equal((outputs.kept as unknown[]).length, 4);
  });

  it("is taken when a moment of the schedule has passed, at up, once", async () => {
    const daily = { schedule: "0 3 * * *", keepDaily: 3 };
    let { id, outputs } = await create(daily);
    assert.equal(outputs.nextDue, "2026-11-22T03:00:00.000Z");
    clock.now += DAY / 2;
    assert.deepEqual((await diff(outputs, daily)).updates, []);
    clock.now += DAY;
    assert.deepEqual((await diff(outputs, daily)).updates, ["takenAt"]);
    outputs = await update(id, outputs, daily);
    assert.deepEqual([await count(), outputs.takenBecause], [[2, 2], "schedule"]);
    assert.deepEqual((await diff(outputs, daily)).updates, []);
  });

  it("changes rules without taking or pruning anything", async () => {
    const { id, outputs } = await create({ keepLast: 2, triggers: ["1"] });
    const after = await update(id, outputs, { keepLast: 1, triggers: ["1"] });
    assert.deepEqual([await count(), after.runs, after.takenAt], [[1, 1], 1, outputs.takenAt]);
  });

  it("continues the series of an earlier incarnation of the same resource", async () => {
    const { id, outputs } = await create({ schedule: "0 3 * * *", onDestroy: "retain" });
    await snapshotPolicy.delete(id, outputs, context);
    nextRun();
    const again = await create({ schedule: "0 3 * * *" });
    assert.deepEqual([await count(), again.outputs.runs], [[1, 1], 0]);
    assert.deepEqual((again.outputs.members as Member[])[0]?.snapshots.length, 1);
    assert.deepEqual((await diff(again.outputs, { schedule: "0 3 * * *" })).updates, []);
  });

  it("goes on with its series when a replacement is forced", async () => {
    const { id, outputs } = await create({ triggers: ["1"] });
    nextRun();
    const forced = await create({ triggers: ["1"] });
    await snapshotPolicy.delete(id, outputs, { ...context, takenOver: forced.takenOver });
    assert.deepEqual(await count(), [1, 1]);
    assert.equal((forced.outputs.members as Member[])[0]?.snapshots.length, 1);
  });

  it("is refused when two inputs name one VM", async () => {
    await assert.rejects(create({ targets: ["web", "vm-1"] }), kind("bad-input", /"web".*"vm-1".*the same VM/));
    assert.deepEqual(await count(), [0, 0]);
  });
});

describe("all or none", () => {
  it("leaves every VM untouched when a refusal is foreseeable", async () => {
    platform.addVm("vm-3", "raw", { blockers: [{ code: "physical-rdm", message: "has a raw disk", blocks: "all" }] });
    await assert.rejects(create({ targets: ["web", "raw"] }), kind("guard", /"raw": has a raw disk/));
    assert.equal(platform.calls.includes("createSnapshot"), false);
  });

  it("removes the others' snapshots when one fails, and prunes nothing", async () => {
    const { id, outputs } = await create({ keepLast: 1, triggers: ["1"] });
    const full = { kind: "quota", operation: "create", detail: "the datastore is full" } as const;
    failOn("vm-2", () => Promise.reject(new SnapstateError(full)));
    clock.now += 1000;
    await assert.rejects(
      update(id, outputs, { keepLast: 1, triggers: ["2"] }),
      kind("quota", /1 of 2 VMs failed.*none keeps.*"db".*datastore is full/),
    );
    assert.deepEqual(await names("vm-1"), ["nightly-20261121T120000Z"]);
    assert.deepEqual(await names("vm-2"), ["nightly-20261121T120000Z"]);
  });

  it("is completed by the next run when it was killed in between: one snapshot each", async () => {
    let stuck = () => {};
    const reached = new Promise<void>((resolve) => {
      stuck = resolve;
    });
    failOn("vm-2", () => {
      stuck();
      return new Promise(() => {});
    });
    void create({ triggers: ["1"] });
    await reached;
    while ((await count())[0] === 0) await new Promise(setImmediate);
    Reflect.deleteProperty(platform, "createSnapshot");
    nextRun();
    clock.now += 1000;
    const { outputs } = await create({ triggers: ["1"] });
    assert.deepEqual([await count(), outputs.runs], [[1, 1], 1]);
  });

  it("is a partial state when the platform is still at work, and the next run finishes it", async () => {
    platform.faults.push({ method: "createSnapshot", kind: "cancelled", when: "after", code: "in-flight" });
    for (const news of [{ triggers: ["1"] }, {}]) {
      const partial = await create(news).catch((error: unknown) => error);
      assert.ok(partial instanceof PartialStateError, String(partial));
      nextRun();
      assert.ok((await diff(partial.outputs, news)).updates.includes("takenAt"));
      const outputs = await update(partial.id, partial.outputs, news);
      assert.deepEqual([await count(), outputs.runs, outputs.unfinished], [[1, 1], 1, undefined]);
      await snapshotPolicy.delete(partial.id, outputs, context);
      platform.faults.push({ method: "createSnapshot", kind: "cancelled", when: "after", code: "in-flight" });
    }
  });
});

describe("a VM that was renamed by hand", () => {
  it("stays in the group, in the preview and when a group is taken", async () => {
    const { id, outputs } = await create({ triggers: ["1"] });
    platform.rename("vm-1", "web-old");
    nextRun();
    const { updates } = await diff(outputs, { triggers: ["2"] });
    assert.ok(updates.length > 0);
    assert.doesNotMatch(context.reports.map(({ message }) => message).join(), /does not exist/);
    await update(id, outputs, { triggers: ["2"] });
    assert.deepEqual(await count(), [2, 2]);
    platform.addVm("vm-3", "web");
    const next = await update(id, outputs, { triggers: ["3"] });
    const [first] = next.members as { targetId: string }[];
    assert.equal(first?.targetId, "vm-3");
  });
});
