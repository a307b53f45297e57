import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { ovhVps } from "../platforms/ovh-vps";
import type { OvhVpsSimulator, SimulatedVps } from "../simulators/ovh-vps";
import { text as words } from "./outcome";
import { killCli } from "./processes";
import { type CliStack, type Declared, newStack, type Outcome } from "./stack";

let simulator: OvhVpsSimulator;
let vps: SimulatedVps;
let stack: CliStack;

const connection = () => ({ ...simulator.connection, pollInterval: "50ms" });

beforeEach(async () => {
  ({ simulator } = await ovhVps({ taskTime: 20 }));
  vps = simulator.account.add({ displayName: "web" });
  stack = newStack(connection(), { attached: true });
});

afterEach(async () => {
  stack.remove();
  await simulator.close();
});

const snapshot = (args: Record<string, unknown> = {}): Declared => ({
  kind: "Snapshot",
  name: "one",
  args: { target: "web", name: "before", ...args },
});
const restore = (triggers: string[]): Declared => ({
  kind: "Restore",
  name: "back",
  args: { target: "web", snapshot: "before", triggers, safetySnapshot: false, confirm: "web" },
});
const sent = (end: string) =>
  simulator.calls.filter(({ method, path }) => method !== "GET" && path.endsWith(end)).length;

async function succeed(run: Promise<Outcome>): Promise<Outcome> {
  const outcome = await run;
  assert.ok(outcome.ok, words(outcome));
  return outcome;
}

async function fail(run: Promise<Outcome>, expected: RegExp): Promise<void> {
  const outcome = await run;
  assert.equal(outcome.ok, false);
  assert.match(words(outcome), expected);
}

describe("OVHcloud VPS, whole stacks", () => {
  it("a snapshot is previewed, taken, edited in place, replaced by deleting first, and destroyed", async () => {
    stack.declare(snapshot());
    await succeed(stack.preview());
    assert.equal(sent("createSnapshot"), 0);
    await succeed(stack.up());
    const first = vps.snapshot;
    assert.match(first?.description ?? "", /^before\n\[snapstate:[a-z2-7]{26}\]$/);
    assert.deepEqual((await succeed(stack.up())).summary, { same: 1 });
    await succeed(stack.refresh());
    assert.deepEqual((await succeed(stack.up())).summary, { same: 1 });

    stack.declare(snapshot({ name: "renamed", description: "why" }));
    assert.deepEqual((await succeed(stack.up())).summary, { update: 1 });
    assert.equal(vps.snapshot?.id, first?.id);
    assert.match(vps.snapshot?.description ?? "", /^renamed\nwhy\n\n\[snapstate:/);

    stack.declare(snapshot({ name: "renamed", triggers: ["2"] }));
    const preview = words(await succeed(stack.preview()));
    assert.match(preview, /the old one is deleted before the new one is taken/);
    assert.doesNotMatch(preview, /will be refused/);
    await succeed(stack.up());
    assert.notEqual(vps.snapshot?.id, first?.id);
    const order = simulator.calls.filter(({ method, path }) => method !== "GET" && /apshot$/.test(path));
    assert.deepEqual(
      order.map(({ method, path }) => `${method} ${path.split("/").at(-1)}`),
      ["POST createSnapshot", "PUT snapshot", "DELETE snapshot", "POST createSnapshot"],
    );
    await succeed(stack.destroy());
    assert.equal(vps.snapshot, undefined);
  });

  for (const kind of ["reset-before", "reset-after"] as const) {
    it(`an answer lost (${kind} the create was accepted): one snapshot, known to the state`, async () => {
      simulator.inject({ kind, match: ({ path }) => path.endsWith("createSnapshot") });
      stack.declare(snapshot());
      await succeed(stack.up());
      const { outputs } = (await stack.state()).one ?? {};
      assert.ok(String(outputs?.platformId).startsWith(`${vps.snapshot?.id}@`));
      const done = vps.tasks.filter(({ type, state }) => type === "createSnapshot" && state === "done").length;
      assert.equal(done, 1);
    });
  }

  it("a task that the API has forgotten: found by the marker", async () => {
    simulator.tasks.times.life = 0;
    stack.declare(snapshot());
    await succeed(stack.up());
    assert.deepEqual([sent("createSnapshot"), (await stack.state()).one?.outputs.managed], [1, true]);
  });

  it("the API dies in the middle of a create: the next run takes the snapshot over", async () => {
    simulator.tasks.times.task = 60_000;
    stack.declare(snapshot({ timeouts: { create: "8s" } }));
    const started = stack.up();
    while (sent("createSnapshot") === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await simulator.crash();
    await started;
    simulator.tasks.times.task = 20;
    await simulator.restart("done");
    await succeed(stack.up());
    assert.deepEqual([sent("createSnapshot"), (await stack.state()).one?.outputs.managed], [1, true]);
  });

  it("a run that was killed in the middle of a create: one snapshot", async () => {
    simulator.tasks.times.task = 3000;
    stack.declare(snapshot());
    await killCli(stack, async () => {
      while (sent("createSnapshot") === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    });
    simulator.tasks.times.task = 20;
    await succeed(stack.up());
    assert.equal(sent("createSnapshot"), 1);
    assert.ok(vps.snapshot);
  });

  it("a snapshot replaced by hand is drift, and is never touched", async () => {
    stack.declare(snapshot());
    await succeed(stack.up());
    const foreign = simulator.account.replaceByHand(vps, "by hand");
    await succeed(stack.refresh());
    assert.equal((await stack.state()).one, undefined);
    await fail(stack.up(), /it already has 1 of at most 1 snapshots/);
    await succeed(stack.destroy());
    assert.deepEqual([vps.snapshot, sent("/snapshot")], [foreign, 0]);
  });

  it("a restore uses the snapshot up: recorded, no drift, and taken again when a trigger says so", async () => {
    const both = (triggers: string[], taken: string[] = []): Declared[] => [
      snapshot({ triggers: taken }),
      { ...restore(triggers), dependsOn: ["one"] },
    ];
    stack.declare(...both([]));
    await succeed(stack.up());
    stack.declare(...both(["ticket 1"]));
    const preview = await succeed(stack.preview());
    assert.match(words(preview), /The platform deletes .* after the revert/);
    await succeed(stack.up());
    assert.deepEqual([vps.reverts, vps.snapshot], [1, undefined]);
    const state = await stack.state();
    assert.deepEqual(state.back?.outputs.consumed, [state.one?.outputs.platformId]);

    await succeed(stack.refresh());
    const { consumedAt } = (await stack.state()).one?.outputs ?? {};
    assert.ok(Math.abs(Date.parse(String(consumedAt)) - Date.now()) < 60_000);
    assert.deepEqual((await succeed(stack.up())).summary, { same: 2 });
    assert.deepEqual([vps.reverts, vps.snapshot], [1, undefined]);

    stack.declare(...both(["ticket 1"], ["again"]));
    await succeed(stack.up());
    assert.equal((await stack.state()).one?.outputs.consumedAt, undefined);
    assert.deepEqual([vps.reverts, vps.snapshot === undefined], [1, false]);
    await succeed(stack.destroy());
    assert.equal(vps.snapshot, undefined);
  });

  it("without the paid option: refused with its price, then bought by a SnapshotOption, and kept on destroy", async () => {
    vps.options.clear();
    stack.declare(snapshot());
    await fail(stack.up(), /option \(2\.39 EUR per P1M, before taxes\) is not subscribed/);
    assert.equal(sent("createSnapshot"), 0);
    stack.declare(
      {
        kind: "SnapshotOption",
        name: "option",
        args: { target: "web", policy: "order", maxPrice: { amount: 3, currency: "EUR" } },
      },
      { ...snapshot(), dependsOn: ["option"] },
    );
    assert.match(words(await succeed(stack.preview())), /about to be ordered and paid/);
    assert.equal(simulator.carts.orders.length, 0);
    await succeed(stack.up());
    assert.deepEqual([simulator.carts.orders.length, vps.snapshot === undefined], [1, false]);
    assert.match(words(await succeed(stack.destroy())), /continues to cost/);
    assert.deepEqual([vps.options.get("snapshot"), vps.snapshot], ["subscribed", undefined]);
  });

  it("what OVHcloud cannot do is refused in words before anything is touched", async () => {
    stack.declare(snapshot({ memory: true }));
    await fail(stack.up(), /snapshots the disk of a VPS and not its memory/);
    stack.declare({ kind: "RecoveryPoint", name: "point", args: { target: "web" } });
    await fail(stack.up(), /creates the restore points of a VPS itself/);
    stack.declare({ kind: "ConsolidationTask", name: "tidy", args: { target: "web" } });
    await fail(stack.up(), /merges the disks of a VPS itself/);
    assert.equal(simulator.calls.filter(({ method }) => method !== "GET").length, 0);
  });

  it("no secret is in the state", async () => {
    stack.declare(snapshot());
    await succeed(stack.up());
    const text = stack.stateText();
    const { applicationSecret, consumerKey } = simulator.credentials.known;
    for (const secret of [applicationSecret, consumerKey]) assert.ok(!text.includes(secret));
  });
});
