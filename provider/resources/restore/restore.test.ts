import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  before,
  checked,
  context,
  create,
  current,
  kind,
  MARKER,
  nextRun,
  platform,
  reverts,
  safeties,
  update,
  vm,
} from "../../../testing/memory-driver/restore-bench";
import { UNKNOWN } from "../../schema/unknown";
import { getSnapshot } from "../queries/get-snapshot";
import type { Values } from "../shared/lifecycle";
import { restore } from ".";

describe("when it reverts", () => {
  it("does not without a trigger, and does when one is given, once", async () => {
    const { id, outputs } = await create({});
    assert.deepEqual([reverts(), outputs.restored, outputs.runs], [0, false, 0]);
    const second = await update(id, outputs, { triggers: ["a"] });
    assert.deepEqual([reverts(), second.restored, second.runs], [1, true, 1]);
    assert.deepEqual((await restore.diff(id, second, await checked({ triggers: ["a"] }, second), context)).updates, []);
  });

  it("does at creation with a trigger, and again when the trigger changes, also back to an old value", async () => {
    let { id, outputs } = await create({ triggers: ["a"] });
    for (const triggers of [["b"], ["a"], [], ["a"]]) outputs = await update(id, outputs, { triggers });
    assert.equal(outputs.runs, 4);
    assert.equal(reverts(), 4);
    assert.equal((await safeties()).length, 4);
  });

  it("does not when anything but the triggers changes", async () => {
    const { id, outputs } = await create();
    platform.addVm("vm-2", "db");
    const news = { triggers: ["a"], target: "db", snapshot: "other", suppressPowerOn: true };
    const { updates, replaces } = await restore.diff(id, outputs, await checked(news, outputs), context);
    assert.deepEqual([updates.sort(), replaces], [["snapshot", "suppressPowerOn", "target"], []]);
    const after = await update(id, outputs, news);
    assert.deepEqual([reverts(), after.runs, after.restoredAt], [1, 1, outputs.restoredAt]);
  });

  it("does not on a refresh, nor after an import", async () => {
    const read = await restore.read("default/vm-1/restore", {}, context);
    assert.equal(read?.outputs.restored, false);
    const taken = await update("default/vm-1/restore", read?.outputs as Values, { triggers: ["a"] });
    assert.equal(reverts(), 0);
    const again = await update("default/vm-1/restore", taken, { triggers: ["b"] });
    assert.deepEqual([reverts(), again.runs], [1, 1]);
    await restore.read("default/vm-1/restore", again, context);
    assert.equal(reverts(), 1);
  });

  it("keeps its record when the VM is gone", async () => {
    const { id, outputs } = await create();
    platform.removeVm("vm-1");
    assert.deepEqual((await restore.read(id, outputs, context))?.outputs, outputs);
  });
});

describe("what it does and records", () => {
  it("keeps the lost state in a safety snapshot, moves the VM back, and says what it did", async () => {
    const { outputs } = await create();
    const [safety] = await safeties();
    assert.equal(safety?.parentId, before.id);
    assert.equal(await current(), before.id);
    assert.equal(outputs.safetySnapshotId, safety?.id);
    assert.deepEqual(
      [outputs.restoredFrom, outputs.restoredName, outputs.restoredCreatedAt, outputs.consumed],
      [before.id, "before", before.createdAt, []],
    );
    assert.deepEqual([outputs.powerBefore, outputs.powerAfter], ["on", "off"]);
    assert.match(String(outputs.restoredAt), /^\d{4}-.*Z$/);
  });

  it("takes a platform id, a unique name or a resource's id for the snapshot", async () => {
    for (const snapshot of [before.id, "before", `default/vm-1/${before.id}`]) {
      assert.equal((await create({ snapshot, triggers: [snapshot] })).outputs.restoredFrom, before.id);
      nextRun();
    }
    await assert.rejects(create({ snapshot: "none", triggers: ["x"] }), kind("not-found"));
    platform.addSnapshot("vm-1", { name: "before" });
    await assert.rejects(create({ triggers: ["y"] }), kind("ambiguous"));
    assert.equal(reverts(), 3);
  });

  it("without a safety snapshot requires the VM's name, and touches nothing when it differs", async () => {
    const { failures } = await restore.check(
      undefined,
      { target: "web", snapshot: "before", safetySnapshot: false },
      context,
    );
    assert.match(failures[0]?.reason ?? "", /Write the VM's name/);
    const wrong = { triggers: ["a"], safetySnapshot: false, confirm: "db" };
    await assert.rejects(create(wrong), kind("guard"));
    assert.equal(reverts(), 0);
    const { outputs } = await create({ ...wrong, confirm: "web" });
    assert.deepEqual([reverts(), (await safeties()).length, outputs.safetySnapshotId], [1, 0, ""]);
  });

  it("leaves the user's description of the snapshot as it was", async () => {
    await create({ triggers: ["a"], safetySnapshot: false, confirm: "web" });
    const [snapshot] = (await vm()).snapshots;
    assert.equal(snapshot?.description, "by hand");
  });

  it("records what the platform used up", async () => {
    platform.snapshots = 1;
    platform.forecast = () => ({ powerAfter: "on", consumesSnapshot: true });
    const { outputs } = await create({ triggers: ["a"], safetySnapshot: false, confirm: "web" });
    assert.deepEqual(outputs.consumed, [before.id]);
  });

  it("is refused beforehand where the platform would refuse, and nothing is touched", async () => {
    const refusal = { reason: "a running VM is reverted only to a snapshot with memory", remedy: "Stop the VM" };
    platform.forecast = () => ({ refusal, powerAfter: "on", consumesSnapshot: false });
    await assert.rejects(create(), /a running VM is reverted only to a snapshot with memory\. Stop the VM/);
    assert.deepEqual([reverts(), (await safeties()).length], [0, 0]);
  });

  it("is refused before the safety snapshot where the storage goes back to the newest only", async () => {
    platform.addVm("vm-9", "zfs", { newestOnly: true });
    platform.addSnapshot("vm-9", { name: "before" });
    const given = { target: "zfs", triggers: ["a"] };
    const { failures } = await restore.check(undefined, { snapshot: "before", ...given }, context);
    assert.deepEqual(
      failures.map(({ property }) => property),
      ["safetySnapshot"],
    );
    assert.match(failures[0]?.reason ?? "", /newest.*Set safetySnapshot to false and confirm/);
    await assert.rejects(create(given), kind("guard"));
    assert.ok(!platform.calls.some((call) => ["createSnapshot", "revertToSnapshot"].includes(call)));
    const { outputs } = await create({ ...given, safetySnapshot: false, confirm: "zfs" });
    assert.deepEqual([outputs.restored, reverts()], [true, 1]);
  });

  it("is refused beforehand for an orphan and for what the platform cannot go back to", async () => {
    for (const spoilt of [{ failed: "Error" }, { revertable: false }]) {
      platform.addSnapshot("vm-1", { name: JSON.stringify(spoilt), ...spoilt });
      await assert.rejects(create({ triggers: ["a"], snapshot: JSON.stringify(spoilt) }), kind("guard"));
    }
    assert.deepEqual([reverts(), (await safeties()).length], [0, 0]);
  });

  it("deletes nothing, and takes its marks off so that a later resource of that name reverts", async () => {
    for (const args of [{}, { safetySnapshot: false, confirm: "web" }]) {
      const { id, outputs } = await create({ triggers: ["a"], ...args });
      const snapshots = (await vm()).snapshots.map((snapshot) => snapshot.id);
      await restore.delete(id, outputs, context);
      assert.deepEqual(
        (await vm()).snapshots.map((snapshot) => snapshot.id),
        snapshots,
      );
      assert.equal(reverts(), 1);
      nextRun();
      const second = await create({ triggers: ["a"], ...args });
      assert.equal(reverts(), 2);
      await restore.delete(second.id, second.outputs, context);
      platform.calls.length = 0;
    }
    platform.faults.push({ method: "installation", kind: "unreachable", when: "before" });
    await restore.delete("default/vm-1/restore", { connection: "default", marker: "m", runs: 1 }, context);
  });
});

describe("the id of a snapshot whose create was interrupted", () => {
  it("is accepted wherever a snapshot is named", async () => {
    const marked = platform.addSnapshot("vm-1", { name: "mine", ownership: { marker: MARKER } });
    const pending = `default/vm-1/~${MARKER}`;
    const { outputs } = await create({ snapshot: pending, triggers: ["a"] });
    assert.equal(outputs.restoredFrom, marked.id);
    const args = { connection: "default", target: "web", snapshot: pending };
    assert.equal((await getSnapshot(args, context)).id, marked.id);
    // Of another VM's, nothing here can be meant.
    platform.addVm("vm-2", "db");
    const other = create({ snapshot: `default/vm-2/${marked.id}`, triggers: ["a"] });
    await assert.rejects(other, kind("not-found"));
  });
});

describe("preview", () => {
  const warnings = async (news: Values, olds?: Values) =>
    (await restore.check(olds, { target: "web", snapshot: "before", ...news }, context)).warnings.join("\n");

  it("says in words that the current state will be lost, only when a revert is due", async () => {
    assert.equal(await warnings({}), "");
    assert.match(
      await warnings({ triggers: ["a"] }),
      /"before" \(point-1\)[\s\S]*current state will be lost[\s\S]*safety snapshot of it is taken first[\s\S]*will be off afterwards/,
    );
    const unkept = await warnings({ triggers: ["a"], safetySnapshot: false, confirm: "web" });
    assert.match(unkept, /will be lost[\s\S]*No safety snapshot is taken/);
    assert.match(await warnings({ triggers: ["a"], snapshot: UNKNOWN }), /current state will be lost/);
    assert.match(await warnings({ triggers: ["a"], target: UNKNOWN }), /current state will be lost/);
    assert.equal(reverts(), 0);
  });

  it("says so of an existing one once, also when its VM was renamed by hand", async () => {
    const { outputs } = await create();
    const said = async (news: Values) => {
      nextRun();
      const inputs = await checked(news, outputs);
      for (let times = 0; times < 2; times++) await restore.diff("id", outputs, inputs, context);
      return context.reports.map(({ message }) => message);
    };
    assert.deepEqual(await said({ triggers: ["a"] }), []);
    platform.rename("vm-1", "web-old");
    const [loss, ...others] = await said({ triggers: ["b"] });
    assert.match(loss ?? "", /will be lost/);
    assert.doesNotMatch(others.join(), /does not exist|will be lost/);
  });

  it("fails where the platform has no revert, or no room for a safety snapshot", async () => {
    platform.unsupported.set("revert", { reason: "cannot revert", remedy: "Use another one" });
    platform.snapshots = 1;
    const { failures } = await restore.check(undefined, { target: "web", snapshot: "before" }, context);
    assert.deepEqual(
      failures.map(({ property }) => property),
      ["target", "safetySnapshot"],
    );
  });
});
