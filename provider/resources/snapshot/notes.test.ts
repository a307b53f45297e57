import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { type TestContext, testContext } from "../../../testing/memory-driver/context";
import { MemoryDriver } from "../../../testing/memory-driver/memory-driver";
import { getSnapshots } from "../queries/get-snapshots";
import { dueAt } from "../shared/marker";
import { snapshot } from ".";

let platform: MemoryDriver;
let context: TestContext;

beforeEach(() => {
  platform = new MemoryDriver();
  platform.addVm("vm-1", "web");
  context = testContext(platform);
});

const checked = async (change: Record<string, unknown>, olds?: Record<string, unknown>) =>
  (await snapshot.check(olds, { target: "web", name: "one", ...change }, context)).inputs;
const listed = async () =>
  (await getSnapshots({ connection: "default", target: "web" }, context)).snapshots.map((one) => one);
const stored = async () =>
  (
    await platform.inspect("snapshot", "vm-1", {
      ...context,
      operation: "",
      deadline: { left: 1000, passed: false } as never,
    })
  ).snapshots[0];

describe("notes beside the marker", () => {
  it("say when a snapshot expires", () => {
    assert.equal(dueAt({ ttlSeconds: 60 }, "2026-01-01T00:00:00.000Z"), "2026-01-01T00:01:00.000Z");
    assert.equal(
      dueAt({ expiresAt: "2027-01-01T00:00:00.000Z", ttlSeconds: 1 }, "2026-01-01"),
      "2027-01-01T00:00:00.000Z",
    );
    assert.equal(dueAt({}, "2026-01-01T00:00:00Z"), undefined);
    assert.equal(dueAt({ ttlSeconds: 60 }, "no time"), undefined);
  });

  it("are written at creation, follow an update, and are seen without the stack", async () => {
    const { id, outputs } = await snapshot.create(await checked({ ttl: "72h", hold: true }), context);
    const [one] = await listed();
    assert.equal(one?.expiresAt, new Date(Date.parse(one?.createdAt ?? "") + 72 * 3_600_000).toISOString());
    assert.deepEqual([one?.hold, one?.managed, one?.description], [true, true, ""]);

    const news = await checked({ expiresAt: "2030-01-01T00:00:00+01:00", description: "why" }, outputs);
    await snapshot.update(id, outputs, news, context);
    const [edited] = await listed();
    assert.deepEqual(
      [edited?.expiresAt, edited?.hold, edited?.description],
      ["2029-12-31T23:00:00.000Z", false, "why"],
    );
  });

  it("are taken off with the marker when the snapshot is retained", async () => {
    const { id, outputs } = await snapshot.create(await checked({ ttl: "1h", onDestroy: "retain" }), context);
    await snapshot.delete(id, outputs, context);
    const left = await stored();
    assert.deepEqual([left?.description, left?.ownership], ["", undefined]);
  });

  it("are not written where the platform cannot change a description later", async () => {
    platform.unsupported.set("describe", { reason: "cannot", remedy: "do not" });
    const { outputs } = await snapshot.create(await checked({ ttl: "1h" }), context);
    assert.deepEqual((await stored())?.ownership, { marker: outputs.marker });
  });

  it("give one word for the time of expiry, computed from `ttl` or as given, that is no drift", async () => {
    const { id, outputs } = await snapshot.create(await checked({ ttl: "72h" }), context);
    const computed = new Date(Date.parse(String(outputs.createdAt)) + 72 * 3_600_000).toISOString();
    assert.deepEqual([outputs.ttl, outputs.expiresAt], ["72h", computed]);
    const read = await snapshot.read(id, outputs, context);
    assert.deepEqual([read?.inputs.expiresAt, read?.outputs.expiresAt], [undefined, computed]);
    const plan = (change: Record<string, unknown>) =>
      snapshot.plan({ id, state: outputs }, { target: "web", name: "one", marker: outputs.marker, ...change }, context);
    assert.deepEqual((await plan({ ttl: "72h" })).changes, []);

    // Other changes leave the time known, a change of it makes it unknown, and an explicit time takes precedence.
    const held = await plan({ ttl: "72h", hold: true });
    assert.deepEqual([held.action, held.known.expiresAt], ["update", computed]);
    assert.ok((await plan({ ttl: "96h" })).unknown.includes("expiresAt"));
    const own = await plan({ expiresAt: "2999-01-01T00:00:00+01:00" });
    assert.deepEqual([own.action, own.known.expiresAt], ["update", "2999-01-01T00:00:00+01:00"]);
    const never = await snapshot.update(id, outputs, await checked({}, outputs), context);
    assert.deepEqual([never.expiresAt, never.ttl], [undefined, undefined]);
    assert.equal((await listed())[0]?.expiresAt, undefined);
  });

  it("become inputs when a snapshot is read from its id alone", async () => {
    const { id } = await snapshot.create(await checked({ ttl: "90m", hold: true }), context);
    const read = await snapshot.read(id, {}, context);
    assert.deepEqual([read?.inputs.ttl, read?.inputs.hold], ["5400s", true]);
  });
});
