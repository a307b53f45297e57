import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { context, create, platform, snapshots } from "../../../testing/memory-driver/snapshot-bench";
import type { Values } from "../shared/lifecycle";
import { firstMarker } from "../shared/marker";
import { recoveryPoint, snapshot } from ".";

describe("check", () => {
  const failuresOf = async (news: Values, lifecycle = snapshot) =>
    (await lifecycle.check(undefined, { target: "web", ...news }, context)).failures;

  it("names the property and what is wrong with it", async () => {
    const bad: [Values, string, RegExp][] = [
      [{ target: undefined }, "target", /./],
      [{ target: { path: "a", name: "b" } }, "target", /exactly one/],
      [{ nmae: "x" }, "nmae", /did you mean name/],
      [{ name: "a\u0001" }, "name", /control/],
      [{ quiesce: "yes" }, "quiesce", /./],
      [{ quiesceTimeout: "4m" }, "quiesceTimeout", /5 to 240/],
      [{ ttl: "soon" }, "ttl", /duration/],
      [{ ttl: "1h", expiresAt: "2030-01-01T00:00:00Z" }, "ttl", /not both/],
      [{ expiresAt: "tomorrow" }, "expiresAt", /./],
      [{ timeouts: { create: "x" } }, "timeouts.create", /duration/],
      [{ timeouts: { creat: "1m" } }, "timeouts.creat", /did you mean create/],
      [{ triggers: ["a", Number.POSITIVE_INFINITY] }, "triggers[1]", /finite/],
      [{ target: "x".repeat(70_000) }, "target", /longer than/],
      [{ memory: true, quiesce: "require" }, "quiesce", /exclude/],
      [{ adoptExisting: true }, "name", /required/],
      [{ adoptExisting: true, adoptId: "point-1", name: "one" }, "adoptId", /not both/],
      [{ memory: Number.NaN }, "memory", /./],
    ];
    for (const [news, property, reason] of bad) {
      const failures = await failuresOf(news);
      assert.ok(
        failures.some((failure) => failure.property === property && reason.test(failure.reason)),
        JSON.stringify([news, failures]),
      );
    }
  });

  it("refuses what the platform cannot do, naming platform, input and remedy", async () => {
    platform.unsupported.set("memory", { reason: "cannot include memory", remedy: "Leave memory out" });
    assert.deepEqual(await failuresOf({ memory: true }), [
      { property: "memory", reason: "memory cannot include memory. Leave memory out" },
    ]);
    const failures = await failuresOf({ consistency: "memory" }, recoveryPoint);
    assert.equal(failures[0]?.property, "consistency");
  });

  it("on a platform that cannot edit, takes texts at creation and refuses to change them later", async () => {
    for (const feature of ["rename", "describe"] as const) {
      platform.unsupported.set(feature, { reason: "cannot edit", remedy: "Replace it by a trigger" });
    }
    const wanted = { name: "one", description: "words" };
    const { id, outputs } = await create(wanted);
    const changed = async (news: Values) =>
      (await snapshot.check(outputs, { target: "web", ...news }, context)).failures;
    assert.deepEqual(await changed(wanted), []);
    for (const property of ["name", "description"]) {
      const [failure] = await changed({ ...wanted, [property]: "new" });
      assert.equal(failure?.property, property);
      assert.match(failure?.reason ?? "", /memory cannot edit\. Replace it by a trigger/);
    }
    assert.deepEqual(await changed({ name: "new", triggers: ["2"] }), []);
    assert.equal((await failuresOf({ name: "one", adoptExisting: true }))[0]?.property, "adoptExisting");
    await snapshot.delete(id, { ...outputs, onDestroy: "retain" }, context);
    assert.equal((await snapshots()).length, 1);
    assert.match(context.reports.map(({ message }) => message).join(), /with its marker, which memory cannot remove/);
  });

  it("warns once, at a create, that a snapshot is not a backup, and once of what the create would meet", async () => {
    platform.addSnapshot("vm-1", { name: "a", depth: 3 });
    const first = await snapshot.check(undefined, { target: "web", quiesce: "prefer", memory: true }, context);
    assert.match(first.warnings.join("\n"), /4-snapshot chain/);
    assert.doesNotMatch(first.warnings.join("\n"), /not a backup|crash-consistent/);
    await snapshot.create(first.inputs, context);
    await snapshot.create({ ...first.inputs, marker: firstMarker("other") }, context);
    const said = context.reports.map(({ message }) => message);
    assert.equal(said.filter((message) => message.includes("not a backup")).length, 1);
    assert.deepEqual(
      said.filter((message) => message.includes("4-snapshot chain")),
      [],
    );
    const missing = await snapshot.check(undefined, { target: "not-made-yet" }, context);
    assert.deepEqual(missing.failures, []);
  });
});
