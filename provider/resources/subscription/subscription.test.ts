import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { testDriver } from "../../../testing/contract/ovh-vps-driver";
import { type TestContext, testContext } from "../../../testing/memory-driver/context";
import { MemoryDriver } from "../../../testing/memory-driver/memory-driver";
import { OvhVpsSimulator, type SimulatedVps } from "../../../testing/simulators/ovh-vps";
import { isSnapstateError, type SnapstateError } from "../../core/errors";
import type { OvhVpsDriver } from "../../platforms/ovh-vps/driver";
import { PartialStateError, type Values } from "../shared/lifecycle";
import { snapshotOption } from ".";

const OWNER = "urn:pulumi:dev::app::snapstate:SnapshotOption::web";
let simulator: OvhVpsSimulator;
let driver: OvhVpsDriver;
let vps: SimulatedVps;
let context: TestContext;

beforeEach(async () => {
  simulator = new OvhVpsSimulator();
  await simulator.listen();
  driver = testDriver(simulator.connection);
  vps = simulator.account.add({ displayName: "web", options: new Map() });
  context = testContext(driver, OWNER);
});

afterEach(async () => {
  await driver.close();
  await simulator.close();
});

const order = (amount = 3) => ({ target: "web", policy: "order", maxPrice: { amount, currency: "EUR" } });

async function checked(news: Values): Promise<Values> {
  const { inputs, failures } = await snapshotOption.check(undefined, news, context);
  assert.deepEqual(failures, []);
  return inputs;
}

/** Creates regardless of check: the platform may have changed between the two, so create must refuse by itself. */
const create = async (news: Values) =>
  snapshotOption.create((await snapshotOption.check(undefined, news, context)).inputs, context);

async function fails(work: Promise<unknown>, kind: SnapstateError["kind"], words: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(isSnapstateError(error, kind), String(error));
    assert.match(error.message, words);
    return true;
  });
}

const bought = () => simulator.carts.orders.length;

describe("SnapshotOption", () => {
  it("require: finds the subscription, or fails with the price and the remedy", async () => {
    await fails(create({ target: "web" }), "guard", /not subscribed; it costs 2\.39 EUR per P1M.*control panel/);
    const required = (await snapshotOption.check(undefined, { target: "web" }, context)).failures[0];
    assert.equal(required?.property, "policy");
    assert.match(required?.reason ?? "", /not subscribed; it costs 2\.39 EUR.*control panel/);
    vps.options.set("snapshot", "subscribed");
    const { id, outputs } = await create({ target: "web" });
    assert.equal(id, `default/${vps.serviceName}/snapshot-option`);
    assert.deepEqual([outputs.optionState, outputs.ordered, outputs.orderId], ["subscribed", false, ""]);
    assert.equal(simulator.carts.carts.size, 0);
  });

  it("buys nothing without a maximum price, or for more than it", async () => {
    const { failures } = await snapshotOption.check(undefined, { target: "web", policy: "order" }, context);
    assert.deepEqual(
      failures.map(({ property }) => property),
      ["maxPrice"],
    );
    // 2.39 and taxes.
    await fails(create(order(2.5)), "guard", /nothing was ordered: it would cost 2\.87 EUR, taxes included/);
    const low = (await snapshotOption.check(undefined, order(2), context)).failures;
    assert.deepEqual(
      [low[0]?.property, /2\.39 EUR.*maxPrice is 2\.00 EUR/.test(low[0]?.reason ?? "")],
      ["maxPrice", true],
    );
    const dollars = { ...order(), maxPrice: { amount: 100, currency: "USD" } };
    await fails(create(dollars), "guard", /nothing was ordered/);
    assert.equal(bought(), 0);
  });

  it("buys once, says so before and after, and waits for the delivery", async () => {
    simulator.carts.deliveryTime = 100;
    const { warnings } = await snapshotOption.check(undefined, order(), context);
    assert.match(warnings.join(), /about to be ordered and paid.*2\.39 EUR.*3\.00 EUR/);
    const { id, outputs } = await create(order());
    assert.deepEqual([outputs.ordered, outputs.paid], [true, { amount: 2.87, currency: "EUR" }]);
    assert.deepEqual(
      simulator.carts.orders.map(({ autoPay }) => autoPay),
      [true],
    );
    const read = await snapshotOption.read(id, outputs, context);
    assert.deepEqual(read?.outputs, outputs);
    assert.deepEqual(await snapshotOption.diff(id, outputs, read?.inputs ?? {}, context), {
      updates: [],
      replaces: [],
      deleteBeforeReplace: false,
    });
    await create(order());
    assert.equal(bought(), 1, "what is subscribed is not bought");
  });

  for (const kind of ["reset-before", "reset-after"] as const) {
    it(`buys once when the answer to the order is lost (${kind})`, async () => {
      simulator.carts.deliveryTime = 50;
      simulator.inject({ kind, match: ({ method, path }) => method === "POST" && path.endsWith("/checkout") });
      const { outputs } = await create(order());
      assert.deepEqual([bought(), outputs.optionState], [1, "subscribed"]);
    });
  }

  it("finishes an order that a run was killed in, and buys nothing twice", async () => {
    simulator.carts.deliveryTime = 60_000;
    const inputs = await checked({ ...order(), timeouts: { create: "1s" } });
    const started = await snapshotOption.create(inputs, context).catch((error: unknown) => error);
    assert.ok(started instanceof PartialStateError, String(started));
    assert.equal(bought(), 1);
    assert.deepEqual([started.outputs.optionState, started.outputs.ordered], ["ordered", true]);
    const waiting = await snapshotOption.read(started.id, started.outputs, context);
    assert.equal(waiting?.outputs.optionState, "ordered", "what was paid for is not dropped from the state");

    // Another process, without the state as after kill -9, and then with it.
    context = testContext(driver, OWNER);
    const again = await snapshotOption.create(inputs, context).catch((error: unknown) => error);
    assert.ok(again instanceof PartialStateError, String(again));
    assert.equal(bought(), 1);
    vps.options.set("snapshot", "subscribed");
    const done = await snapshotOption.update(started.id, started.outputs, inputs, context);
    assert.deepEqual([done.optionState, done.ordered, done.paid], ["subscribed", true, started.outputs.paid]);
    assert.equal(bought(), 1);
  });

  it("buys again when the subscription of an old order has ended", async () => {
    await create(order());
    vps.options.clear();
    const [first] = simulator.carts.orders;
    if (first) first.date = new Date(Date.now() - 40 * 24 * 3600_000).toISOString();
    await create(order());
    assert.equal(bought(), 2);
  });

  it("is gone when the option is released, and never when the API refuses to answer", async () => {
    vps.options.set("snapshot", "subscribed");
    const { id, outputs } = await create({ target: "web" });
    simulator.credentials.known.rules = [{ method: "GET", path: "/auth/details" }];
    await fails(snapshotOption.read(id, outputs, context), "permission", /not been granted/);
    simulator.credentials.known.rules = [{ method: "GET", path: "/*" }];
    vps.options.set("snapshot", "released");
    assert.equal(await snapshotOption.read(id, outputs, context), undefined);
  });

  it("stays subscribed when the resource is deleted, unless configured otherwise", async () => {
    vps.options.set("snapshot", "subscribed");
    const { id, outputs } = await create({ target: "web" });
    await snapshotOption.delete(id, outputs, context);
    assert.equal(vps.options.get("snapshot"), "subscribed");
    assert.match(context.reports.at(-1)?.message ?? "", /continues to cost/);
    const { takenOver } = await create({ target: "web" });
    await snapshotOption.delete(id, { ...outputs, onDestroy: "cancel" }, { ...context, takenOver });
    assert.match(context.reports.at(-1)?.message ?? "", /was kept: a forced replacement/);
    assert.equal(vps.options.get("snapshot"), "subscribed");
    await snapshotOption.delete(id, { ...outputs, onDestroy: "cancel" }, context);
    assert.equal(vps.options.get("snapshot"), "released");
    assert.match(context.reports.at(-1)?.message ?? "", /deprecated/);
  });

  it("is refused where the platform has no such option", async () => {
    const elsewhere = testContext(new MemoryDriver(), OWNER);
    const { failures } = await snapshotOption.check(undefined, { target: "web" }, elsewhere);
    assert.match(failures[0]?.reason ?? "", /has no paid snapshot option/);
  });
});
