import assert from "node:assert/strict";
import { isSnapstateError } from "../../../provider/core/errors";
import type { CreatedSnapshot } from "../../../provider/platforms/contract";
import { HeldClock } from "../../support/held-clock";
import { testCall } from "../call";
import type { ContractBench } from "../contract-bench";
import { failure } from "../failure";

export function waitRules(bench: ContractBench): void {
  const { rule, create, single, count, observation, snapshots, untilRunning } = bench;

  rule("calls a lost reply one, and never sends the call again", async (target) => {
    await bench.platform.loseNextReply();
    if (bench.platform.traits?.recoversLostReplies) await create(target);
    else await failure(create(target), "lost-reply");
    await bench.platform.driver.settle(bench.kind, target.id, testCall());
    assert.equal(await count(target), 1);
  });

  rule("stops waiting when cancelled, with the task's id, and settles later", async (target) => {
    await bench.platform.taskTime(1000);
    const call = testCall();
    const cancelled = failure(create(target, {}, call), "cancelled");
    await untilRunning(target);
    call.abort.abort();
    const error = await cancelled;
    assert.ok(error.taskId);
    const [running] = (await observation(target)).runningTasks;
    assert.ok(running);
    if (!bench.platform.traits?.hidesTaskIds) assert.equal(running.id, error.taskId);
    await bench.platform.driver.settle(bench.kind, target.id, testCall());
    assert.equal((await snapshots(target)).length, 1);
  });

  rule("stops waiting at the deadline, with the task's id", async (target) => {
    await bench.platform.taskTime(1000);
    // Time advances only through `pass`; code that watches the deadline checks it at least this often.
    const milliseconds = 300;
    const [creating, settling] = [new HeldClock(), new HeldClock()];
    const late = failure(create(target, {}, testCall({ milliseconds, clock: creating })), "timeout");
    await untilRunning(target);
    creating.pass(milliseconds);
    assert.ok((await late).taskId);
    const waiting = bench.platform.driver.settle(bench.kind, target.id, testCall({ milliseconds, clock: settling }));
    const overdue = failure(waiting, "timeout");
    await untilRunning(target);
    settling.pass(milliseconds);
    await overdue;
    await bench.platform.driver.settle(bench.kind, target.id, testCall());
    assert.equal(await count(target), 1);
  });

  rule("sends nothing when the call is over before it begins", async (target) => {
    const call = testCall();
    call.abort.abort();
    await failure(create(target, {}, call), "cancelled");
    await failure(create(target, {}, testCall({ milliseconds: 0 })), "timeout");
    assert.equal(await count(target), 0);
  });

  rule("takes two at once on one target, and lets several wait for one task", async (target) => {
    await bench.platform.taskTime(300);
    if (single()) {
      const started = create(target, { name: "aa" });
      await untilRunning(target);
      await failure(create(target, { name: "bb" }), "busy");
      await Promise.all([1, 2, 3].map(() => bench.platform.driver.settle(bench.kind, target.id, testCall())));
      const { snapshotId: pointId } = await started;
      assert.deepEqual(
        (await snapshots(target)).map((snapshot) => snapshot.id),
        [pointId],
      );
      return;
    }
    // A platform that runs one task at a time reports "busy", which guarantees that nothing was done.
    const patient = async (name: string): Promise<CreatedSnapshot> => {
      for (;;) {
        try {
          return await create(target, { name });
        } catch (error) {
          if (!isSnapstateError(error, "busy")) throw error;
          await bench.platform.driver.settle(bench.kind, target.id, testCall());
        }
      }
    };
    const both = Promise.all([patient("aa"), patient("bb")]);
    // The first has started by the time of its reply, and on some platforms ended.
    await observation(target);
    const settled = [1, 2, 3].map(() => bench.platform.driver.settle(bench.kind, target.id, testCall()));
    const ids = (await both).map((made) => made.snapshotId);
    await Promise.all(settled);
    assert.deepEqual((await snapshots(target)).map((snapshot) => snapshot.id).sort(), ids.sort());
  });
}
