import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { SnapstateError } from "../../provider/core/errors";
import type { Snapshot } from "../../provider/platforms/contract";
import { getSnapshotReport } from "../../provider/resources";
import { firstMarker } from "../../provider/resources/shared/marker";
import { type TestContext, testContext } from "../../testing/memory-driver/context";
import { MemoryDriver } from "../../testing/memory-driver/memory-driver";
import { type Candidate, plan } from "./plan";
import { remove } from "./remove";

const RULE = { foreign: false, held: false, series: false };
const PAST = "2020-01-01T00:00:00.000Z";
const marker = firstMarker("owner");

let platform: MemoryDriver;
let context: TestContext;
let snapshot: Snapshot;
let chosen: Candidate;

beforeEach(async () => {
  platform = new MemoryDriver();
  platform.addVm("vm-1", "web");
  context = testContext(platform);
  platform.addSnapshot("vm-1", { name: "by hand" });
  snapshot = platform.addSnapshot("vm-1", { name: "over", ownership: { marker, expiresAt: PAST } });
  const report = await getSnapshotReport({ connection: "default" }, context);
  [chosen] = plan(report, RULE).filter(({ prune }) => prune) as [Candidate];
});

async function names(): Promise<string[]> {
  const { targets } = await getSnapshotReport({ connection: "default" }, context);
  return targets.flatMap((target) => target.snapshots.map(({ name }) => name));
}
const refused = (kind: string, detail: RegExp) => (error: SnapstateError) => {
  assert.equal(error.kind, kind);
  assert.match(error.message, detail);
  return true;
};

describe("removing what was chosen", () => {
  it("removes it and nothing else", async () => {
    await remove(chosen, RULE, "snapshot", context);
    assert.deepEqual(await names(), ["by hand"]);
  });

  for (const [what, notes] of [
    ["was put on hold", { expiresAt: PAST, hold: true }],
    ["was given a later expiry", { expiresAt: "2999-01-01T00:00:00.000Z" }],
  ] as const) {
    it(`does not when it ${what} since it was looked at`, async () => {
      snapshot.ownership = { marker, ...notes };
      await assert.rejects(remove(chosen, RULE, "snapshot", context), refused("conflict", /it changed since/));
      assert.deepEqual(await names(), ["by hand", "over"]);
    });
  }

  it("does not when its resource has release the hold", async () => {
    snapshot.description = "mine now";
    delete snapshot.ownership;
    await assert.rejects(remove(chosen, RULE, "snapshot", context), refused("conflict", /foreign/));
  });

  it("does not when the id is another snapshot's now", async () => {
    snapshot.createdAt = "2021-01-01T00:00:00.000Z";
    await assert.rejects(remove(chosen, RULE, "snapshot", context), refused("conflict", /it changed since/));
  });

  it("is content when it no longer exists", async () => {
    await platform.removeAllSnapshots("snapshot", "vm-1", {
      ...context,
      operation: "",
      deadline: { passed: false } as never,
    });
    await remove(chosen, RULE, "snapshot", context);
  });

  for (const when of ["before", "after"] as const) {
    it(`ends with it gone when the reply is lost ${when} the platform acted`, async () => {
      platform.faults.push({ method: "removeSnapshot", kind: "lost-reply", when });
      await remove(chosen, RULE, "snapshot", context);
      assert.deepEqual(await names(), ["by hand"]);
    });
  }

  it("does nothing when the VM cannot be read", async () => {
    platform.faults.push({ method: "inspect", kind: "permission", when: "before" });
    await assert.rejects(remove(chosen, RULE, "snapshot", context), refused("conflict", /as the test wants/));
    assert.ok(!platform.calls.includes("removeSnapshot"));
  });
});
