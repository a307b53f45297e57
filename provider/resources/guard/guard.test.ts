import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { testCall } from "../../../testing/contract/call";
import { type TestContext, testContext } from "../../../testing/memory-driver/context";
import { MemoryDriver } from "../../../testing/memory-driver/memory-driver";
import type { Snapshot } from "../../platforms/contract";
import { closeGuard, type GuardArgs, openGuard, revertGuard } from ".";

let platform: MemoryDriver;
let context: TestContext;
let clock: number;

beforeEach(() => {
  platform = new MemoryDriver();
  platform.addVm("vm-1", "web");
  context = testContext(platform);
  clock = Date.parse("2026-11-21T12:00:00Z");
  context.now = () => clock;
  const add = platform.addSnapshot.bind(platform);
  platform.addSnapshot = (id, snapshot) => add(id, { createdAt: new Date(clock).toISOString(), ...snapshot });
});

const args: GuardArgs = {
  connection: "default",
  target: "web",
  kind: "snapshot",
  consistency: "crash",
  identity: "urn:pulumi:dev::app::command:remote:Command::deploy",
  name: "deploy",
};

async function snapshots(): Promise<Snapshot[]> {
  return (await platform.inspect("snapshot", "vm-1", testCall())).snapshots;
}

describe("a guard", () => {
  it("takes a snapshot before the change and drops it after a success", async () => {
    const { message, targetName } = await openGuard(args, context);
    const [snapshot] = await snapshots();
    assert.match(snapshot?.name ?? "", /^before-deploy-2026/);
    assert.match(message, /took snapshot before-deploy/);
    assert.equal(targetName, "web");
    await closeGuard(args, context);
    assert.deepEqual(await snapshots(), []);
  });

  it("keeps the snapshot of a failed change as the restore point of the next try, and drops it after that", async () => {
    const first = await openGuard(args, context);
    clock += 1000;
    const second = await openGuard(args, context);
    assert.equal(second.snapshotId, first.snapshotId);
    assert.match(second.message, /did not succeed; it stays the restore point/);
    assert.equal((await snapshots()).length, 1);
    await closeGuard(args, context);
    assert.deepEqual(await snapshots(), []);
  });

  it("keeps it for a time after a success, and removes the expired one at the next change", async () => {
    const kept = { ...args, ttl: "1h" };
    const first = await openGuard(kept, context);
    await closeGuard(kept, context);
    assert.equal((await snapshots())[0]?.ownership?.ttlSeconds, 3600);
    clock += 1_800_000;
    const second = await openGuard(kept, context);
    await closeGuard(kept, context);
    assert.deepEqual(
      (await snapshots()).map(({ id }) => id),
      [first.snapshotId, second.snapshotId],
    );
    clock += 3_000_000;
    const third = await openGuard(kept, context);
    assert.deepEqual(
      (await snapshots()).map(({ id }) => id),
      [second.snapshotId, third.snapshotId],
    );
  });

  it("reverts to it after a failure, and keeps it", async () => {
    const { snapshotId } = await openGuard(args, context);
    platform.addSnapshot("vm-1", { name: "by hand" });
    const news = await revertGuard(args, context);
    assert.match(news?.message ?? "", /reverted VM web to before-deploy/);
    assert.equal((await snapshots()).find(({ isCurrent }) => isCurrent)?.id, snapshotId);
    assert.equal((await snapshots())[0]?.restoreNote, undefined);
    clock += 1000;
    await revertGuard(args, context);
    assert.equal(platform.calls.filter((call) => call === "revertToSnapshot").length, 2);
  });

  it("does nothing when there is nothing to drop or to revert to", async () => {
    assert.equal(await closeGuard(args, context), undefined);
    assert.equal(await revertGuard(args, context), undefined);
  });

  it("distinguishes the guards of two resources", async () => {
    await openGuard(args, context);
    await openGuard({ ...args, identity: `${args.identity}-2` }, context);
    assert.equal((await snapshots()).length, 2);
    await closeGuard(args, context);
    assert.equal((await snapshots()).length, 1);
  });
});
