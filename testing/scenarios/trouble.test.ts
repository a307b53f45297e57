import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe } from "node:test";
import type { VcsimVm } from "../vcsim/launcher";
import { childrenOf, commandOf, engineProcess, kill, untilEnded } from "./engine-process";
import { type Declared, newStack } from "./stack";
import { text, Vcenter } from "./vcenter";

const site = new Vcenter({ vms: 68 });

function scenario(name: string, work: (vm: VcsimVm) => Promise<void>, only?: "embedded"): void {
  site.scenario(name, (_stack, vm) => work(vm), only);
}

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
    scenario(name, async (vm) => {
      const stack = newStack(site.vcsim, { connection: change });
      stack.declare(snapshot(vm));
      const failed = await stack.up();
      assert.equal(failed.ok, false);
      assert.match(text(failed), expected);
      assert.doesNotMatch(text(failed), /canary/);
      assert.deepEqual(await stack.state(), {});
      stack.remove();
    });
  }

  scenario("a state survives a vCenter that refuses, and one that forgets the session", async (vm) => {
    const stack = newStack(site.vcsim);
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
    stack.remove();
  });
});

describe("many at once", () => {
  scenario("two programs on one VM both get their snapshot", async (vm) => {
    await site.control.busy("task");
    await site.control.delay({ taskMs: 300 });
    const stacks = ["first", "second"].map((stack) => newStack(site.vcsim, { stack }));
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

  scenario("50 snapshots at parallelism 10, in few calls", async () => {
    const fifty = Array.from({ length: 50 }, () => site.take());
    const stack = newStack(site.vcsim, { parallel: 10 });
    stack.declare(...fifty.map((vm, index) => snapshot(vm, { name: "wave" }, `s${index}`)));
    await site.control.calls({ reset: true });
    const outcome = await stack.up();
    assert.deepEqual(outcome.summary, { create: 50 }, text(outcome));
    const creates = total(await site.control.calls({ reset: true }));
    // What comes together travels together, and on a busy machine less comes together: the benchmark holds the closer bound.
    assert.ok(creates <= 4 * 50, `${creates} calls for 50 creates`);
    assert.ok((await stack.refresh()).ok);
    const { RetrievePropertiesEx: reads } = await site.control.calls({ reset: true });
    assert.ok((reads ?? 0) <= 2, `${reads} reads for a refresh of 50`);
    assert.deepEqual((await stack.destroy()).summary.delete, 50);
    const deletes = total(await site.control.calls({ reset: true }));
    assert.ok(deletes <= 2 * 50, `${deletes} calls for 50 deletes`);
    stack.remove();
  });

  scenario("one VM that fails does not stop the others, when the run is to go on", async (vm) => {
    const other = site.take();
    const stack = newStack(site.vcsim);
    stack.declare(snapshot(vm, {}, "bad"), snapshot(other, {}, "good"));
    await site.control.rules({ method: "CreateSnapshotEx_Task", object: vm.moref, fault: "NoDiskSpace", task: true });
    const outcome = await stack.up({ continueOnError: true });
    assert.equal(outcome.ok, false);
    assert.match(text(outcome), /create snapshot of VM .*NoDiskSpace.*Free space/s);
    assert.deepEqual(Object.keys(await stack.state()), ["good"]);
    stack.remove();
  });
});

describe("interrupted", () => {
  scenario("a lost reply ends with one snapshot", async (vm) => {
    const stack = newStack(site.vcsim);
    stack.declare(snapshot(vm));
    await site.control.rules({ method: "CreateSnapshotEx_Task", drop: "after", max: 1 });
    const outcome = await stack.up();
    assert.ok(outcome.ok, text(outcome));
    assert.equal((await snapshotsOf(vm)).length, 1);
    stack.remove();
  });

  scenario("our deadline passes mid-task: the next run finishes the same snapshot", async (vm) => {
    const stack = newStack(site.vcsim);
    await site.control.delay({ taskMs: 4000 });
    stack.declare(snapshot(vm, { timeouts: { create: "1s" } }));
    const first = await stack.up();
    assert.equal(first.ok, false);
    assert.match(text(first), /not finished after 1 seconds/);
    assert.equal((await stack.state()).one?.initErrors?.length, 1);
    stack.declare(snapshot(vm, { timeouts: { create: "1m" } }));
    const second = await stack.up();
    assert.deepEqual(second.summary, { update: 1 }, text(second));
    const taken = await snapshotsOf(vm);
    assert.equal(taken.length, 1);
    assert.equal((await stack.state()).one?.outputs.platformId, taken[0]?.moref);
    assert.deepEqual((await stack.up()).summary, { same: 1 });
    stack.remove();
  });

  scenario("cancelled mid-task: the step under way is saved, and a re-run changes nothing", async (vm) => {
    const stack = newStack(site.vcsim);
    await site.control.delay({ taskMs: 3000 });
    stack.declare(snapshot(vm));
    const cancel = new AbortController();
    const running = stack.up({ signal: cancel.signal });
    await untilCalled("CreateSnapshotEx_Task");
    cancel.abort();
    const outcome = await running;
    assert.equal(outcome.ok, false);
    await site.control.delay({ taskMs: 0 });
    const again = await stack.up();
    assert.ok(again.ok, text(again));
    assert.equal((await snapshotsOf(vm)).length, 1);
    stack.remove();
  });

  for (const provider of ["ends with it", "lives on"] as const) {
    scenario(
      `kill -9 of the engine mid-create, whose provider ${provider}, then a plain re-run: exactly one snapshot, known to the state`,
      async (vm) => {
        const stack = newStack(site.vcsim);
        await site.control.delay({ taskMs: 2500 });
        stack.declare(snapshot(vm));
        await site.control.calls({ reset: true });
        const child = engineProcess(site.vcsim, stack.stateFile, [snapshot(vm)]);
        await untilCalled("CreateSnapshotEx_Task");
        const children = childrenOf(child);
        // The shell that ends the engine's children when the engine is no more.
        if (provider === "lives on") kill(children.filter((pid) => commandOf(pid) === "sh"));
        child.kill("SIGKILL");
        await new Promise((resolve) => child.once("close", resolve));
        if (provider === "ends with it") await untilEnded(children);
        assert.match(readFileSync(stack.stateFile, "utf8"), /pending_operations/);
        const again = await stack.up();
        kill(children);
        assert.ok(again.ok, text(again));
        assert.match(text(again), /pending operation/);
        const taken = await snapshotsOf(vm);
        assert.equal(taken.length, 1);
        assert.equal((await stack.state()).one?.outputs.platformId, taken[0]?.moref);
        // As the real engine, which leaves it to a person to say that an interrupted create has been looked after.
        assert.match(readFileSync(stack.stateFile, "utf8"), /pending_operations/);
        assert.ok((await stack.refresh({ clearPendingCreates: true })).ok);
        assert.doesNotMatch(readFileSync(stack.stateFile, "utf8"), /pending_operations/);
        assert.deepEqual((await stack.up()).summary, { same: 1 });
        stack.remove();
      },
      "embedded",
    );
  }
});

describe("secrets", () => {
  scenario("a planted password is in no state, log or error", async (vm) => {
    const stack = newStack(site.vcsim);
    stack.declare(snapshot(vm));
    const up = await stack.up();
    assert.ok(up.ok, text(up));
    const refreshed = await stack.refresh();
    const state = readFileSync(stack.stateFile, "utf8");
    assert.ok(site.vcsim.password.length >= 4);
    for (const place of [state, text(up), text(refreshed), JSON.stringify(up.steps)])
      assert.ok(!place.includes(site.vcsim.password));
    assert.match(state, /"ciphertext": "v1:/);
    stack.remove();
  });
});

function total(calls: Record<string, number>): number {
  return Object.values(calls).reduce((sum, count) => sum + count, 0);
}

async function untilCalled(method: string): Promise<void> {
  const end = Date.now() + 60_000;
  while (((await site.control.calls())[method] ?? 0) === 0) {
    assert.ok(Date.now() < end, `${method} was not called`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
