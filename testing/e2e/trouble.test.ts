import assert from "node:assert/strict";
import { describe } from "node:test";
import type { VcsimVm } from "../vcsim/launcher";
import { type Declared, newStack } from "./stack";
import { BOTH, fail, succeed, text, Vcenter } from "./vcenter";

const site = new Vcenter(68);

const snapshotsOf = async (vm: VcsimVm) => (await site.now(vm)).snapshots;

const snapshot = (vm: VcsimVm, args: Record<string, unknown> = {}, name = "one"): Declared => ({
  kind: "Snapshot",
  name,
  args: { target: vm.path, ...args },
});

describe("the connection", () => {
  for (const [name, change, expected] of [
    [
      "a wrong password is refused, named, and not printed",
      { password: "wrong-canary-password" },
      /refused the login of administrator@vsphere.local/,
    ],
    [
      "an unreachable host is named, with what to look at",
      { endpoint: "https://127.0.0.1:1" },
      /no connection to 127.0.0.1:1.*ECONNREFUSED/,
    ],
    ["a certificate that is not the pinned one is refused", { fingerprint: "00".repeat(32) }, /fingerprint/],
  ] as const) {
    site.scenario(name, async (_stack, vm, adapter) => {
      const stack = newStack(site.vcsim, { connection: change, adapter, attached: true });
      stack.declare(snapshot(vm));
      const failed = await stack.up();
      assert.equal(failed.ok, false);
      assert.match(text(failed), expected);
      assert.doesNotMatch(text(failed), /canary/);
      assert.deepEqual(await stack.state(), {});
      stack.remove();
    });
  }

  site.scenario("a state survives a vCenter that refuses, and one that forgets the session", async (stack, vm) => {
    stack.declare(snapshot(vm));
    assert.ok((await stack.up()).ok);
    await site.control.rules({ method: "Login", fault: "InvalidLogin" });
    assert.equal((await stack.refresh()).ok, false);
    assert.equal(Object.keys(await stack.state()).length, 1);
    await site.control.rules({ method: "RetrievePropertiesEx", fault: "NotAuthenticated", max: 1 });
    const refreshed = await stack.refresh();
    assert.ok(refreshed.ok, text(refreshed));
    assert.equal(Object.keys(await stack.state()).length, 1);
    await site.control.rules({ method: "RemoveSnapshot_Task", fault: "NotAuthenticated", max: 1 });
    assert.ok((await stack.destroy()).ok);
    assert.deepEqual(await snapshotsOf(vm), []);
  });
});

describe("many at once", () => {
  site.scenario("two programs on one VM both get their snapshot", async (_stack, vm, adapter) => {
    await site.control.busy("task");
    await site.control.delay({ taskMs: 300 });
    const stacks = ["first", "second"].map((stack) => newStack(site.vcsim, { stack, adapter }));
    for (const [index, stack] of stacks.entries()) stack.declare(snapshot(vm, { name: `of-${index}` }));
    const outcomes = await Promise.all(stacks.map((stack) => stack.up()));
    assert.ok(
      outcomes.every(({ ok }) => ok),
      outcomes.map(text).join("\n"),
    );
    const [root] = await snapshotsOf(vm);
    assert.equal(root?.children.length, 1);
    await site.control.busy("wait");
    for (const stack of stacks) {
      assert.ok((await stack.destroy()).ok);
      stack.remove();
    }
    assert.deepEqual(await snapshotsOf(vm), []);
  });

  site.scenario("50 snapshots at parallelism 10, in few calls", async (stack) => {
    const fifty = Array.from({ length: 50 }, () => site.take());
    stack.declare(...fifty.map((vm, index) => snapshot(vm, { name: "wave" }, `s${index}`)));
    await site.control.calls({ reset: true });
    const outcome = await stack.up();
    assert.deepEqual(outcome.summary, { create: 50 }, text(outcome));
    const creates = total(await site.control.calls({ reset: true }));
    // Concurrent reads share a call, and on a busy machine fewer are concurrent: the benchmark has the tighter bound.
    assert.ok(creates <= 4 * 50, `${creates} calls for 50 creates`);
    assert.ok((await stack.refresh()).ok);
    const { RetrievePropertiesEx: reads } = await site.control.calls({ reset: true });
    assert.ok((reads ?? 0) <= 2, `${reads} reads for a refresh of 50`);
    assert.deepEqual((await stack.destroy()).summary.delete, 50);
    const deletes = total(await site.control.calls({ reset: true }));
    assert.ok(deletes <= 2 * 50, `${deletes} calls for 50 deletes`);
  });

  site.scenario("one VM that fails does not stop the others, when the run is to go on", async (stack, vm) => {
    const other = site.take();
    stack.declare(snapshot(vm, {}, "bad"), snapshot(other, {}, "good"));
    await site.control.rules({ method: "CreateSnapshotEx_Task", object: vm.moref, fault: "NoDiskSpace", task: true });
    const outcome = await stack.up({ continueOnError: true });
    assert.equal(outcome.ok, false);
    assert.match(text(outcome), /create snapshot of VM .*NoDiskSpace.*Free space/s);
    assert.deepEqual(Object.keys(await stack.state()), ["good"]);
  });
});

describe("a forced replacement", () => {
  site.scenario(
    "whose dependent fails, once and again: the next run keeps the snapshot",
    async (stack, vm) => {
      const other = site.take();
      const one = snapshot(vm, { name: "one" });
      stack.declare(one);
      await succeed(stack.up());
      const [taken] = await snapshotsOf(vm);
      const replace = [String((await stack.deployment()).resources?.find(({ urn }) => urn.endsWith("::one"))?.urn)];
      stack.declare(one, { ...snapshot(other, {}, "two"), dependsOn: ["one"] });
      await site.control.rules({
        method: "CreateSnapshotEx_Task",
        object: other.moref,
        fault: "NoDiskSpace",
        task: true,
      });
      for (let attempt = 0; attempt < 2; attempt++) await fail(stack.up({ replace }), /NoDiskSpace/);
      await site.control.rules();
      const next = await succeed(stack.up());
      assert.match(text(next), /was kept, and no new snapshot was taken/);
      assert.deepEqual(
        (await snapshotsOf(vm)).map(({ moref }) => moref),
        [taken?.moref],
      );
      await succeed(stack.destroy());
      assert.deepEqual(await snapshotsOf(vm), []);
    },
    BOTH,
  );
});

describe("interrupted", () => {
  site.scenario(
    "a lost reply ends with one snapshot",
    async (stack, vm) => {
      stack.declare(snapshot(vm));
      await site.control.rules({ method: "CreateSnapshotEx_Task", drop: "after", max: 1 });
      await succeed(stack.up());
      assert.equal((await snapshotsOf(vm)).length, 1);
    },
    BOTH,
  );

  site.scenario(
    "our deadline passes mid-task: the next run finishes the same snapshot",
    async (stack, vm) => {
      await site.control.delay({ taskMs: 3000 });
      stack.declare(snapshot(vm, { timeouts: { create: "1s" } }));
      await fail(stack.up(), /not finished after 1 seconds/);
      assert.equal((await stack.state()).one?.initErrors?.length, 1);
      stack.declare(snapshot(vm, { timeouts: { create: "1m" } }));
      assert.deepEqual((await succeed(stack.up())).summary, { update: 1 });
      const taken = await snapshotsOf(vm);
      assert.equal(taken.length, 1);
      assert.equal((await stack.state()).one?.outputs.platformId, taken[0]?.moref);
      assert.deepEqual((await succeed(stack.up())).summary, { same: 1 });
    },
    BOTH,
  );
});

describe("secrets", () => {
  site.scenario(
    "a planted password is in no state, log or error",
    async (stack, vm) => {
      stack.declare(snapshot(vm));
      const up = await succeed(stack.up());
      const refreshed = await stack.refresh();
      assert.ok(site.vcsim.password.length >= 4);
      for (const place of [stack.stateText(), text(up), text(refreshed), up.output, refreshed.output])
        assert.ok(!place.includes(site.vcsim.password));
      assert.match(stack.stateText(), /"ciphertext": ?"v1:/);
    },
    BOTH,
  );
});

function total(calls: Record<string, number>): number {
  return Object.values(calls).reduce((sum, count) => sum + count, 0);
}
