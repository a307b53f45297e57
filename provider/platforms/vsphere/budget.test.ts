import assert from "node:assert/strict";
import { after, before, describe, it, type TestContext } from "node:test";
import { testCall } from "../../../testing/contract/call";
import { vcsimDriver } from "../../../testing/contract/vcsim-driver";
import { startVcsim, type Vcsim } from "../../../testing/vcsim/launcher";
import { missing } from "../../../testing/vcsim/test-support";

const KIND = "snapshot";

/** Runs the work for every item, so many at a time, as engines do by their parallelism. */
async function atATime<T, R>(parallel: number, items: T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const next = items.map((item, index) => ({ item, index })).values();
  const worker = async () => {
    for (const { item, index } of next) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  return results;
}

/** The calls of snapshots on as many VMs, as the simulator counts them; `task-poll.test.ts` bounds them in virtual time. */
for (const [many, delays] of [
  [
    50,
    [
      { callMs: 0, taskMs: 0 },
      { callMs: 20, taskMs: 500 },
    ],
  ],
  [500, [{ callMs: 0, taskMs: 0 }]],
] as const) {
  describe(`calls to vCenter for ${many} snapshots`, () => {
    let vcsim: Vcsim | string;
    before(async () => {
      vcsim = await startVcsim({ vms: many, autostart: false }).catch(missing);
    });
    after(async () => {
      if (typeof vcsim !== "string") await vcsim.stop();
    });

    for (const delay of delays) {
      it(`are few with ${delay.callMs} ms a call and ${delay.taskMs} ms a task`, async (t: TestContext) => {
        if (typeof vcsim === "string") return t.skip(vcsim);
        const { control } = vcsim;
        await control.delay(delay);
        const vms = await control.vms();
        const ids = vms.map((vm) => vm.moref);
        const spec = { name: "one", description: "", memory: false };
        const counted = async (...except: string[]) => {
          const calls = Object.entries(await control.calls({ reset: true })).filter(([name]) => !except.includes(name));
          return { total: calls.reduce((sum, [, count]) => sum + count, 0), names: calls.map(([name]) => name) };
        };

        const driver = vcsimDriver(vcsim);
        await counted();
        // A create as the lifecycle does it, the login included.
        const made = await atATime(10, vms, async ({ path }) => {
          const { id } = await driver.findTarget(KIND, { by: "path", value: path }, testCall());
          await driver.inspect(KIND, id, testCall(), { readiness: true });
          const snapshot = await driver.createSnapshot(KIND, id, spec, testCall());
          if (snapshot.state === undefined) await driver.inspect(KIND, id, testCall());
          return snapshot;
        });
        const creates = await counted();
        const waiters = creates.names.filter((name) => /Filter|WaitForUpdates|Collector/.test(name));
        assert.deepEqual(waiters, [], "one shared poll, and no waiter for each task");
        assert.ok(creates.total / many <= 2.3, `${creates.total / many} calls for a create`);
        await driver.close();

        const later = vcsimDriver(vcsim);
        await counted();
        const states = await atATime(10, ids, (id) => later.inspect(KIND, id, testCall(), { freshness: "recent" }));
        assert.ok(
          states.every(
            ({ snapshots }, index) => snapshots[0]?.id === made[index]?.snapshotId && snapshots.length === 1,
          ),
        );
        const refresh = await counted("RetrieveServiceContent", "Login");
        assert.ok(refresh.total <= Math.max(2, many / 50), `${refresh.total} calls for a refresh`);

        // A server gathers a large inventory for its first page: with many reads at once that is not asked for, and not cancelled.
        const wide = vcsimDriver(vcsim);
        await atATime(50, ids, (id) => wide.inspect(KIND, id, testCall(), { freshness: "recent" }));
        assert.equal((await counted()).names.includes("CancelRetrievePropertiesEx"), false);
        await wide.close();

        const options = { removeChildren: false, consolidate: true };
        await atATime(10, ids, (targetId) => {
          const snapshotId = made[ids.indexOf(targetId)]?.snapshotId ?? "";
          return later.removeSnapshot(KIND, { targetId, snapshotId }, options, testCall());
        });
        const deletes = await counted();
        assert.ok(deletes.total / many <= 1.3, `${deletes.total / many} calls for a delete`);
        t.diagnostic(
          `create ${creates.total / many}, delete ${deletes.total / many}, refresh of ${many}: ${refresh.total}`,
        );
        await later.close();
        assert.ok((await control.vms()).every(({ snapshots }) => snapshots.length === 0));
      });
    }
  });
}
