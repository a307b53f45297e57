import assert from "node:assert/strict";
import type { Snapshot, SnapshotRef } from "../../../provider/platforms/contract";
import { removeAllSnapshots } from "../../../provider/platforms/remove-all";
import { testCall } from "../call";
import { type ContractBench, OWNERSHIP } from "../contract-bench";
import { failure } from "../failure";

export function changeRules(bench: ContractBench): void {
  const { rule, create, single, can, count, description, revert, observation, snapshots, remove, shape, chain } = bench;

  rule("creates a snapshot and reads it back", async (target) => {
    const { snapshotId: pointId } = await create(target, {
      name: "one",
      description: description("two\nlines"),
      ownership: OWNERSHIP,
    });
    const [snapshot, ...others] = await snapshots(target);
    assert.equal(others.length, 0);
    assert.deepEqual(
      [snapshot?.id, snapshot?.name, snapshot?.isCurrent, snapshot?.depth, snapshot?.parentId],
      [pointId, "one", can("tree"), 1, undefined],
    );
    assert.deepEqual(
      [snapshot?.description, snapshot?.ownership, snapshot?.restoreNote],
      [description("two\nlines"), OWNERSHIP, undefined],
    );
    assert.ok(Math.abs(Date.parse(snapshot?.createdAt ?? "") - Date.now()) < 60_000);
    assert.match(snapshot?.createdAt ?? "", /^\d{4}-\d\d-\d\dT.*Z$/);
  });

  rule("removes one snapshot, or one with all below it, or all", async (target) => {
    if (single()) {
      const [only] = (await chain(target, "aa")) as [SnapshotRef];
      await failure(create(target, { name: "bb" }), "conflict");
      await failure(remove(only, true), "unsupported");
      await remove(only);
      assert.equal(await count(target), 0);
      await create(target, { name: "cc" });
      await removeAllSnapshots(bench.platform.driver, bench.kind, target.id, testCall());
      assert.deepEqual([await count(target), await snapshots(target)], [0, []]);
      return;
    }
    const [, b] = (await chain(target, "aa", "bb", "cc", "dd")) as [SnapshotRef, SnapshotRef];
    await remove(b);
    assert.deepEqual(
      (await snapshots(target)).map((snapshot) => snapshot.name),
      ["aa", "cc", "dd"],
    );
    const c = (await snapshots(target))[1] as Snapshot;
    if (can("tree")) assert.equal(c.parentId, (await snapshots(target))[0]?.id);
    const below = { targetId: target.id, snapshotId: c.id };
    if (can("remove-children")) {
      await remove(below, true);
      assert.deepEqual(
        (await snapshots(target)).map((snapshot) => snapshot.name),
        ["aa"],
      );
      await create(target, { name: "ee" });
    } else await failure(remove(below, true), "unsupported");
    await removeAllSnapshots(bench.platform.driver, bench.kind, target.id, testCall());
    assert.equal(await count(target), 0);
    assert.deepEqual(await snapshots(target), []);
  });

  rule("says that a snapshot does not exist", async (target) => {
    const [ref] = (await chain(target, "one")) as [SnapshotRef];
    await remove(ref);
    await failure(remove(ref), "not-found");
    const edit = can("rename") ? { name: "x" } : can("describe") ? { text: { description: "x" } } : undefined;
    if (edit) await failure(bench.platform.driver.editSnapshot(bench.kind, ref, edit, testCall()), "not-found");
    if (can("revert")) await failure(revert(ref), "not-found");
  });

  rule("reverts", async (target) => {
    if (single()) {
      const [only] = (await chain(target, "aa")) as [SnapshotRef];
      const [snapshot] = await snapshots(target);
      const forecast = bench.platform.driver.forecastRevert?.(
        bench.kind,
        await observation(target),
        snapshot as Snapshot,
        {
          suppressPowerOn: false,
        },
      );
      await revert(only);
      assert.deepEqual(shape(await snapshots(target)), forecast?.consumesSnapshot ? [] : [["aa", 1, can("tree")]]);
      return;
    }
    const [a] = (await chain(target, "aa", "bb")) as [SnapshotRef];
    if (!can("revert")) return void (await failure(revert(a), "unsupported"));
    await bench.platform.beforeRevert?.(target);
    await revert(a);
    assert.deepEqual(shape(await snapshots(target)), [
      ["aa", 1, can("tree")],
      ["bb", can("tree") ? 2 : 1, false],
    ]);
  });

  rule("keeps disks when told to, and consolidates them", async (target) => {
    const { consolidation } = bench.platform.driver;
    assert.equal(consolidation !== undefined, can("consolidate"));
    if (consolidation === undefined) return;
    if (!can("keep-disks")) return;
    const [a] = (await chain(target, "aa")) as [SnapshotRef];
    await remove(a, false, false);
    assert.equal((await observation(target)).consolidationNeeded, true);
    assert.ok((await consolidation.merge(target.id, testCall())).taskId);
    assert.equal((await observation(target)).consolidationNeeded, false);
  });
}
