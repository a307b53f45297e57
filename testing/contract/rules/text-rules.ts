import assert from "node:assert/strict";
import type { SnapshotEdit, SnapshotRef } from "../../../provider/platforms/contract";
import { textProblem } from "../../../provider/platforms/text-limits";
import { testCall } from "../call";
import { type ContractBench, OWNERSHIP } from "../contract-bench";
import { failure } from "../failure";

/** Texts that a platform with descriptions must preserve. */
const DESCRIBED = {
  description: "words",
  ownership: {
    marker: "b".repeat(26),
    expiresAt: "2030-01-02T03:04:05.000Z",
    ttlSeconds: 60,
    hold: true,
    series: "s:a",
    claim: 2,
  },
  restoreNote: { mark: "c".repeat(26), phase: "begun" as const, from: "a b", tasks: ["t/1", "t,2"] },
};
const NAMES = ["007", "1e5", " x ", "50%", "100%25", "%2f", "a/b\\c", "😀 é", "<&>\"'", "a".repeat(80)];
/** For platforms that accept none of those. */
const PLAIN_NAMES = ["Upper-lower_9", "b2"];

export function textRules(bench: ContractBench): void {
  const { rule, create, single, can, description, snapshots, chain } = bench;

  rule("takes a name as long as it says, and as wide", async (target) => {
    const { name: limit } = bench.platform.driver.textLimits?.(bench.kind) ?? {};
    if (limit?.max === undefined) return;
    const name = "n".repeat(limit.max);
    // The marker always takes up space.
    const snapshotId = (await create(target, { name, ownership: OWNERSHIP })).snapshotId;
    assert.equal((await snapshots(target)).find(({ id }) => id === snapshotId)?.name, name);
  });

  rule("gives names and descriptions back as they went in", async (target) => {
    const { name: limit = {} } = bench.platform.driver.textLimits?.(bench.kind) ?? {};
    const fitting = NAMES.filter((name) => textProblem(limit, name) === undefined);
    const taken = fitting.length > 0 ? fitting : PLAIN_NAMES;
    const names = taken.filter((name) => !bench.platform.traits?.decodesNames || !/%(25|2f|5c)/i.test(name));
    if (single()) {
      for (const name of names) {
        const own = await bench.platform.newTarget();
        const { snapshotId: pointId } = await create(own, { name, description: description(name) });
        const texts = async () => (await snapshots(own)).map((snapshot) => [snapshot.name, snapshot.description]);
        assert.deepEqual(await texts(), [[name, description(name)]]);
        await bench.platform.driver.editSnapshot(
          bench.kind,
          { targetId: own.id, snapshotId: pointId },
          { name: "other" },
          testCall(),
        );
        await bench.platform.driver.editSnapshot(
          bench.kind,
          { targetId: own.id, snapshotId: pointId },
          { name },
          testCall(),
        );
        assert.deepEqual(await texts(), [[name, description(name)]]);
      }
      return;
    }
    for (const name of names) await create(target, { name, description: description(name) });
    const found = await snapshots(target);
    assert.deepEqual(
      found.map((snapshot) => [snapshot.name, snapshot.description]),
      names.map((name) => [name, description(name)]),
    );
    if (!can("rename")) return;
    for (const [index, snapshot] of found.entries()) {
      const name = names.at(-1 - index);
      await bench.platform.driver.editSnapshot(
        bench.kind,
        { targetId: target.id, snapshotId: snapshot.id },
        { name },
        testCall(),
      );
    }
    assert.deepEqual(
      (await snapshots(target)).map((snapshot) => snapshot.name),
      [...names].reverse(),
    );
  });

  rule("changes a name or a description, and leaves the other", async (target) => {
    const [ref] = (await chain(target, "one")) as [SnapshotRef];
    for (const [feature, edit] of [
      ["rename", { name: "new" }],
      ["describe", { text: { description: "words" } }],
    ] as const) {
      if (can(feature)) continue;
      await failure(bench.platform.driver.editSnapshot(bench.kind, ref, edit, testCall()), "unsupported");
    }
    const edit = (texts: SnapshotEdit) => bench.platform.driver.editSnapshot(bench.kind, ref, texts, testCall());
    const texts = async () =>
      (await snapshots(target)).map(({ name, description, ownership, restoreNote }) => [
        ...[name, description, ownership, restoreNote],
      ]);
    const name = can("rename") ? "new" : "one";
    const described = can("describe") ? DESCRIBED : undefined;
    if (described) await edit({ text: described });
    if (can("rename")) await edit({ name: "new" });
    assert.deepEqual(await texts(), [
      [name, described?.description ?? "", described?.ownership, described?.restoreNote],
    ]);
    if (described) await edit({ text: { description: "" } });
    assert.deepEqual(await texts(), [[name, "", undefined, undefined]]);
  });
}
