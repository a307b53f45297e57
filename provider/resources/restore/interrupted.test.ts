import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import {
  before,
  checked,
  context,
  create,
  current,
  killedIn,
  kind,
  nextRun,
  platform,
  reverts,
  safeties,
  update,
} from "../../../testing/memory-driver/restore-bench";
import { PartialStateError } from "../shared/lifecycle";
import { restore } from ".";

describe("a run that was killed", () => {
  it("before the revert: the next one reverts, with the state it finds then kept, in one safety snapshot", async () => {
    await killedIn("revertToSnapshot", "before", { triggers: ["a"] });
    const [first] = await safeties();
    const { outputs } = await create();
    const kept = await safeties();
    assert.deepEqual([reverts(), kept.length, outputs.safetySnapshotId], [1, 1, kept[0]?.id]);
    assert.notEqual(kept[0]?.id, first?.id);
  });

  it("after the revert: the next one records it and does not revert again", async () => {
    await killedIn("revertToSnapshot", "after", { triggers: ["a"] });
    platform.addSnapshot("vm-1", { name: "work done since" });
    const { outputs } = await create();
    assert.deepEqual([reverts(), outputs.runs, outputs.restoredFrom], [1, 1, before.id]);
    assert.equal((await safeties()).length, 1);
  });

  it("while the safety snapshot was taken: exactly one remains", async () => {
    await killedIn("createSnapshot", "after", { triggers: ["a"] });
    await create();
    assert.deepEqual([reverts(), (await safeties()).length], [1, 1]);
  });

  const confirmed = { triggers: ["a"], safetySnapshot: false, confirm: "web" };

  it("without a safety snapshot, after it had noted the end: nothing is reverted again", async () => {
    const inputs = await checked(confirmed);
    await restore.create(inputs, context);
    nextRun();
    await create(confirmed);
    assert.equal(reverts(), 1);
  });

  it("without one, on a platform that remembers reverts: known either way", async () => {
    platform.remembersReverts = true;
    await killedIn("revertToSnapshot", "after", confirmed);
    await create(confirmed);
    assert.deepEqual([reverts(), (await safeties()).length], [1, 0]);
  });

  it("without one, where the VM stood elsewhere: known by where it stands now", async () => {
    platform.addSnapshot("vm-1", { name: "newer" });
    await killedIn("revertToSnapshot", "after", confirmed);
    await create(confirmed);
    assert.deepEqual([reverts(), (await safeties()).length], [1, 0]);
  });

  it("without one, outcome unknown: the current state is kept before it reverts again", async () => {
    await killedIn("revertToSnapshot", "after", confirmed);
    const { outputs } = await create(confirmed);
    assert.deepEqual([reverts(), (await safeties()).length], [2, 1]);
    assert.equal(outputs.safetySnapshotId, (await safeties())[0]?.id);
  });

  it("without one, outcome unknown and no room: it stops with an error", async () => {
    platform.snapshots = 2;
    platform.addSnapshot("vm-1", { name: "newer" });
    await create({ ...confirmed, snapshot: "newer", triggers: ["first"] });
    nextRun();
    await killedIn("revertToSnapshot", "before", { ...confirmed, snapshot: "newer" });
    await assert.rejects(create({ ...confirmed, snapshot: "newer" }), kind("conflict"));
  });
});

describe("a platform that uses the snapshot up", () => {
  const used = () => ({ triggers: ["a"], snapshot: before.id, safetySnapshot: false, confirm: "web" });

  beforeEach(() => {
    platform.snapshots = 1;
    platform.forecast = () => ({ powerAfter: "on", consumesSnapshot: true });
  });

  it("shows in its history that a killed run reverted", async () => {
    platform.remembersReverts = true;
    await killedIn("revertToSnapshot", "after", used());
    const { outputs } = await create(used());
    assert.deepEqual([reverts(), outputs.consumed, outputs.runs], [1, [before.id], 1]);
    assert.equal(outputs.restoredAt, platform.history.get(before.id));
  });

  it("and without a history stops, since the snapshot does not exist", async () => {
    await killedIn("revertToSnapshot", "after", used());
    await assert.rejects(create(used()), kind("not-found"));
    assert.equal(reverts(), 1);
  });

  it("does not mistake the recorded revert for a new one", async () => {
    platform.remembersReverts = true;
    const { id, outputs } = await create(used());
    await assert.rejects(update(id, outputs, { ...used(), triggers: ["b"] }), kind("not-found"));
  });

  it("is recognised by the state of an interrupted run", async () => {
    platform.faults.push({ method: "revertToSnapshot", kind: "cancelled", when: "after", code: "in-flight" });
    const partial = await create(used()).catch((error: unknown) => error);
    assert.ok(partial instanceof PartialStateError);
    nextRun();
    const finished = await update(partial.id, partial.outputs, used());
    assert.deepEqual([reverts(), finished.runs, finished.consumed], [1, 1, [before.id]]);
  });
});

describe("a reply that is lost", () => {
  for (const when of ["before", "after"] as const) {
    it(`${when} the platform acted: reverted once, known by the safety snapshot`, async () => {
      platform.faults.push({ method: "revertToSnapshot", kind: "lost-reply", when });
      const { outputs } = await create();
      assert.equal(await current(), before.id);
      assert.equal(reverts(), when === "before" ? 2 : 1);
      assert.equal(outputs.runs, 1);
    });
  }

  it("is kept as an unfinished revert when the outcome is unknown, and the next run loses nothing", async () => {
    platform.faults.push({ method: "revertToSnapshot", kind: "lost-reply", when: "after" });
    const confirmed = { triggers: ["a"], safetySnapshot: false, confirm: "web" };
    const partial = await create(confirmed).catch((error: unknown) => error);
    assert.ok(partial instanceof PartialStateError, String(partial));
    assert.ok(partial.reasons[0].length > 0);
    nextRun();
    const { updates } = await restore.diff(
      partial.id,
      partial.outputs,
      await checked(confirmed, partial.outputs),
      context,
    );
    assert.deepEqual(updates, ["restoredAt"]);
    const finished = await update(partial.id, partial.outputs, confirmed);
    assert.deepEqual([finished.runs, finished.unfinished, (await safeties()).length], [1, undefined, 1]);
  });

  it("after a refusal leaves no trace but the safety snapshot, and the next run reverts", async () => {
    platform.faults.push({ method: "revertToSnapshot", kind: "task-failed", when: "before" });
    await assert.rejects(create(), kind("task-failed"));
    nextRun();
    const { outputs } = await create();
    assert.deepEqual([outputs.runs, (await safeties()).length], [1, 1]);
    assert.equal(await current(), before.id);
  });
});
