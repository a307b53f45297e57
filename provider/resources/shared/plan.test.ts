import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { type TestContext, testContext } from "../../../testing/memory-driver/context";
import { MemoryDriver } from "../../../testing/memory-driver/memory-driver";
import { UNKNOWN } from "../../schema/unknown";
import { lifecycles } from "..";
import { snapshot } from "../snapshot";
import type { Values } from "./lifecycle";

let platform: MemoryDriver;
let context: TestContext;

beforeEach(() => {
  platform = new MemoryDriver();
  platform.addVm("vm-1", "web");
  context = testContext(platform);
});

const news = { target: "web", name: "one", triggers: [1] };

async function created(given: Values = news) {
  const { inputs } = await snapshot.plan(undefined, given, context);
  const { id, outputs } = await snapshot.create(inputs, context);
  return { id, inputs, state: outputs };
}

describe("a plan", () => {
  it("of a create knows the inputs and their defaults, and lists the unknown outputs", async () => {
    const plan = await snapshot.plan(undefined, { target: "web" }, context);
    assert.deepEqual([plan.action, plan.changes, plan.refusals], ["create", [], []]);
    assert.deepEqual([plan.known.target, plan.known.memory, plan.known.platformId], ["web", false, undefined]);
    assert.ok(["name", "platformId", "createdAt", "depth"].every((key) => plan.unknown.includes(key)));
    assert.deepEqual((await snapshot.plan(undefined, news, context)).unknown.includes("name"), false);
  });

  it("of a resource without changes does nothing and knows every output", async () => {
    const { state, ...prior } = await created();
    const plan = await snapshot.plan({ ...prior, state }, news, context);
    assert.deepEqual([plan.action, plan.changes, plan.unknown, plan.known], ["none", [], [], state]);
  });

  it("of an update keeps what no update changes", async () => {
    const { state, ...prior } = await created();
    const plan = await snapshot.plan({ ...prior, state }, { ...news, name: "two" }, context);
    assert.deepEqual([plan.action, plan.changes], ["update", [{ property: "name", effect: "update" }]]);
    assert.deepEqual([plan.known.name, plan.known.platformId], ["two", state.platformId]);
    assert.ok(plan.unknown.includes("depth") && !plan.unknown.includes("createdAt"));
  });

  it("of a replacement knows no output, and says whether the old one is deleted first", async () => {
    const { state, ...prior } = await created();
    const plan = await snapshot.plan({ ...prior, state }, { ...news, triggers: [2] }, context);
    assert.deepEqual([plan.action, plan.changes], ["replace", [{ property: "triggers", effect: "replace" }]]);
    assert.deepEqual([plan.known.platformId, plan.deleteBeforeReplace], [undefined, false]);
    assert.ok(plan.unknown.includes("platformId"));
    platform.snapshots = 1;
    const single = await snapshot.plan({ ...prior, state }, { ...news, triggers: [2] }, context);
    assert.equal(single.deleteBeforeReplace, true);
  });

  it("distinguishes refusals by the inputs from refusals by the state and the platform", async () => {
    const { state, ...prior } = await created({ ...news, hold: true });
    const held = await snapshot.plan({ ...prior, state }, { ...news, triggers: [2] }, context);
    assert.deepEqual(
      held.refusals.map(({ property, origin, kind }) => [property, origin, kind]),
      [["hold", "platform", "held"]],
    );
    const bad = await snapshot.plan(undefined, { ...news, ttl: "soon", triggers: [UNKNOWN] }, context);
    assert.deepEqual(
      bad.refusals.map(({ property, origin }) => [property, origin]),
      [["ttl", "inputs"]],
    );
  });

  it("changes nothing on the platform, of every resource", async () => {
    for (const lifecycle of Object.values(lifecycles)) {
      await lifecycle.plan(undefined, { ...news, targets: ["web"], snapshot: "x" }, context);
    }
    const changing = platform.calls.filter((call) => !["installation", "findTarget", "inspect"].includes(call));
    assert.deepEqual(changing, []);
  });
});
