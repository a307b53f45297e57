import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { status } from "@grpc/grpc-js";
import { fails, pluginBench } from "../../../testing/plugin/bench";
import type { Properties } from "../../../testing/support/protocol";
import { UNKNOWN } from "../../../testing/support/protocol";

const bench = pluginBench();

describe("check", () => {
  it("fills in defaults and the marker, and says what is wrong on the property's path", async () => {
    const { inputs, failures } = await bench.client.check({ target: "web", limits: { maxAeg: "1h" }, nmae: "x" });
    assert.equal(inputs.onDestroy, "delete");
    assert.match(String(inputs.marker), /^[a-z2-7]{26}$/);
    assert.deepEqual(failures.map(({ property }) => property).sort(), ["limits.maxAeg", "nmae"]);
    assert.match(failures.map(({ reason }) => reason).join(), /did you mean name.*did you mean maxAge/);
  });

  for (const [what, args, property] of [
    ["NaN", { triggers: [Number.NaN] }, "triggers[0]"],
    ["infinity", { limits: { maxAge: Number.POSITIVE_INFINITY } }, "limits.maxAge"],
    ["a huge text", { description: "x".repeat(1_000_000) }, "description"],
    ["a wrong type", { memory: "yes" }, "memory"],
    ["null where a value must be", { target: null }, "target"],
    ["a list for a text", { name: ["a"] }, "name"],
  ] as [string, Properties, string][]) {
    it(`refuses ${what}`, async () => {
      const { failures } = await bench.client.check({ target: "web", ...args });
      assert.deepEqual(
        failures.map((failure) => failure.property),
        [property],
      );
      assert.ok((failures[0]?.reason.length ?? 0) < 300, "the value is quoted at length");
    });
  }

  it("lets unknown values pass, of every type", async () => {
    const unknowns = [UNKNOWN, "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", "3eeb2bf0-c639-47a8-9e75-3b44932eb421"];
    const { inputs, failures } = await bench.client.check({
      target: UNKNOWN,
      hold: unknowns[1] as string,
      triggers: unknowns,
    });
    assert.deepEqual(failures, []);
    assert.deepEqual([inputs.target, inputs.hold, inputs.triggers], [UNKNOWN, UNKNOWN, [UNKNOWN, UNKNOWN, UNKNOWN]]);
  });

  it("takes a VM by an object in an input of its own, and gives it back as that", async () => {
    const { inputs, failures } = await bench.client.check({ targetLookup: { name: "web" } });
    assert.deepEqual([failures, inputs.targetLookup, inputs.target], [[], { name: "web" }, undefined]);
    const wrong = await bench.client.check({ targetLookup: { nmae: "web" } as never });
    assert.match(wrong.failures[0]?.property ?? "", /^target/);
    const both = await bench.client.check({ target: "web", targetLookup: { name: "web" } });
    assert.match(both.failures[0]?.reason ?? "", /exactly one of path, instanceUuid/);
    const { id, state } = await bench.client.create(inputs);
    assert.deepEqual([state.targetLookup, state.target], [{ name: "web" }, undefined]);
    const same = await bench.client.diff(id, inputs, state, inputs);
    assert.equal(same.changes, false);
    const moved = await bench.client.check({ targetLookup: { name: "db" } });
    assert.match(
      JSON.stringify((await bench.client.diff(id, inputs, state, moved.inputs)).detailed),
      /targetLookup.*REPLACE/,
    );
  });

  it("refuses an unknown type and suggests the nearest name", async () => {
    await fails(
      bench.client.about("snapstate:index:Template").check({}),
      status.NOT_FOUND,
      /another module; did you mean snapstate:cloudstack:Template/,
    );
    await fails(bench.client.about("snapstate:index:Snapshto").check({}), status.NOT_FOUND, /did you mean Snapshot/);
    await fails(bench.client.about("aws:s3:Bucket").check({}), status.NOT_FOUND, /not a resource of snapstate/);
  });
});

describe("diff", () => {
  it("says value by value what changes, and what the platform changed", async () => {
    const { id, inputs, state } = await bench.created({ ttl: "1h", limits: { maxAge: "1h" }, triggers: [1, 2] });
    assert.equal((await bench.client.diff(id, inputs, state, inputs)).changes, false);
    const { ttl: _, ...others } = inputs;
    const news = { ...others, limits: { maxAge: "2h", maxChainDepth: 5 }, hold: true, description: "why" };
    const { changes, detailed, reply } = await bench.client.diff(id, inputs, state, news);
    assert.equal(changes, true);
    assert.deepEqual(detailed, {
      ttl: "DELETE of inputs",
      "limits.maxAge": "UPDATE of inputs",
      "limits.maxChainDepth": "ADD of inputs",
      hold: "UPDATE of inputs",
      description: "ADD of inputs",
    });
    assert.ok(reply.getStablesList().includes("platformId"));
    const replaced = await bench.client.diff(id, inputs, state, { ...inputs, triggers: [1, 3] });
    assert.deepEqual(replaced.detailed, { "triggers[1]": "UPDATE_REPLACE of inputs" });
    assert.deepEqual(replaced.reply.getReplacesList(), ["triggers"]);
    const drifted = await bench.client.diff(id, inputs, { ...state, name: "by hand" }, inputs);
    assert.deepEqual(drifted.detailed, { name: "UPDATE of state" });
  });

  it("treats an unknown value as a change", async () => {
    const { id, inputs, state } = await bench.created({ description: "a" });
    const { detailed } = await bench.client.diff(id, inputs, state, { ...inputs, description: UNKNOWN });
    assert.deepEqual(detailed, { description: "UPDATE of inputs" });
  });

  it("requires an id", async () => {
    await fails(bench.client.diff("", {}, {}, {}), status.INVALID_ARGUMENT, /no id/);
  });
});
