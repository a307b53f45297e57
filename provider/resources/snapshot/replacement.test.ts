import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  checked,
  context,
  create,
  kind,
  nextRun,
  otherIdentity,
  platform,
  snapshots,
  use,
} from "../../../testing/memory-driver/snapshot-bench";
import { IN_FLIGHT } from "../../core/errors";
import { PartialStateError, type Values } from "../shared/lifecycle";
import { snapshot } from ".";

describe("replacement", () => {
  it("never takes the snapshot it replaces for its own, and finds its own after a crash", async () => {
    const olds = await checked({ triggers: [1] });
    const first = await snapshot.create(olds, context);
    const replace = async () => {
      nextRun();
      const replacing = { ...context, replaces: { marker: String(olds.marker) } };
      const { inputs } = await snapshot.check(undefined, { target: "web", triggers: [1] }, replacing);
      return snapshot.create(inputs, replacing);
    };
    const second = await replace();
    assert.notEqual(second.outputs.platformId, first.outputs.platformId);
    const afterCrash = await replace();
    assert.equal(afterCrash.outputs.platformId, second.outputs.platformId);
    assert.equal((await snapshots()).length, 2);
  });

  it("keeps the snapshot that the create has taken over, even on hold, and deletes any other", async () => {
    const first = await create({ hold: true });
    nextRun();
    const { outputs, takenOver } = await create({ hold: true });
    assert.equal(outputs.platformId, first.outputs.platformId);
    await snapshot.delete(first.id, first.outputs, { ...context, takenOver });
    assert.match(context.reports.at(-1)?.message ?? "", /was kept, and no new snapshot was taken/);
    assert.equal((await snapshots()).length, 1);
    await snapshot.delete(first.id, { ...outputs, hold: false }, { ...context, takenOver: `${takenOver}0` });
    assert.deepEqual(await snapshots(), []);
  });

  it("keeps what the create has taken over from an interrupted create, whose state has only the marker", async () => {
    const inputs = await checked({ name: "one" });
    platform.faults.push({ method: "createSnapshot", kind: "cancelled", when: "after", code: IN_FLIGHT });
    const interrupted = await snapshot.create(inputs, context).catch((error: unknown) => error);
    assert.ok(interrupted instanceof PartialStateError);
    nextRun();
    const { outputs, takenOver } = await create({ name: "one" });
    const state = { ...inputs, ...interrupted.outputs };
    assert.equal(state.platformId, undefined);
    await snapshot.delete(interrupted.id, state, { ...context, takenOver });
    assert.match(context.reports.at(-1)?.message ?? "", /the snapshot was kept/);
    assert.deepEqual(
      (await snapshots()).map(({ id }) => id),
      [outputs.platformId],
    );
    await snapshot.delete(interrupted.id, state, context);
    assert.deepEqual(await snapshots(), []);
  });

  it("is refused while the snapshot is on hold, and after the hold was lifted in the same run", async () => {
    const { id, outputs } = await create({ hold: true, triggers: [1] });
    for (const hold of [true, false]) {
      const news = await checked({ hold, triggers: [2] }, outputs);
      await assert.rejects(snapshot.diff(id, outputs, news, context), kind("held"));
    }
  });
});

describe("diff", () => {
  it("follows the field table for every input", async () => {
    const before: Values = {
      name: "n",
      description: "d",
      ttl: "1h",
      limits: { maxAge: "1h" },
      triggers: [1],
      timeouts: { read: "1m" },
    };
    const after: Values = {
      target: "elsewhere",
      connection: "another",
      name: "m",
      description: "e",
      expiresAt: "2030-01-01T00:00:00Z",
      ttl: "2h",
      hold: true,
      limits: { maxAge: "2h" },
      triggers: [2],
      timeouts: { read: "2m" },
      memory: true,
      quiesce: "prefer",
      quiesceTimeout: "20m",
      removeChildren: true,
      consolidate: false,
      adoptExisting: true,
      adoptId: "point-1",
      onDestroy: "retain",
    };
    const { id, outputs } = await create(before);
    const visible = Object.entries(snapshot.fields).filter(([, field]) => !field.hidden);
    assert.deepEqual(visible.map(([key]) => key).sort(), Object.keys(after).sort());
    for (const [key, field] of visible) {
      const news = { ...(await checked(before, outputs)), [key]: after[key] };
      const { updates, replaces } = await snapshot.diff(id, outputs, news, context);
      const got = updates.includes(key) ? "update" : replaces.includes(key) ? "replace" : "ignore";
      assert.equal(got, field.change, key);
    }
  });

  it("sees no change in an equal value written differently", async () => {
    const { id, outputs } = await create({ ttl: "60m" });
    platform.addVm("vm-2", "db");
    for (const same of [{ ttl: "1h" }, { ttl: 3600 }, { ttl: "60m", consolidate: true }]) {
      const { updates, replaces } = await snapshot.diff(id, outputs, await checked(same, outputs), context);
      assert.deepEqual([...updates, ...replaces], [], JSON.stringify(same));
    }
    const byPath = await checked({ ttl: "1h", target: { path: "/DC/vm/web" } }, outputs);
    assert.deepEqual(await snapshot.diff(id, outputs, byPath, context), {
      updates: ["target"],
      replaces: [],
      deleteBeforeReplace: false,
    });
    const other = await checked({ ttl: "1h", target: "db" }, outputs);
    assert.deepEqual((await snapshot.diff(id, outputs, other, context)).replaces, ["target"]);
  });

  it("deletes first where the platform allows one snapshot only", async () => {
    const { id, outputs } = await create({ triggers: [1] });
    platform.snapshots = 1;
    const { deleteBeforeReplace } = await snapshot.diff(
      id,
      outputs,
      await checked({ triggers: [2] }, outputs),
      context,
    );
    assert.equal(deleteBeforeReplace, true);
    const replacing = { ...context, replaces: { marker: String(outputs.marker) } };
    const { warnings, failures } = await snapshot.check(undefined, { target: "web", triggers: [2] }, replacing);
    assert.match(warnings.join(), /only one snapshot: the old one is deleted before the new one is taken/);
    assert.deepEqual(failures, []);
    nextRun();
    const foreign = await snapshot.check(undefined, { target: "web", name: "another" }, otherIdentity());
    assert.match(foreign.failures.map(({ reason }) => reason).join(), /it already has 1 of at most 1/);
  });
});

describe("a VM that was renamed by hand", () => {
  const news = { target: "web", triggers: ["1"] };

  async function replaced(state: Values) {
    const changed = { target: "web", triggers: ["2"] };
    const first = await snapshot.check(state, changed, context);
    const { replaces } = await snapshot.diff("id", state, first.inputs, context);
    assert.deepEqual(replaces, ["triggers"]);
    use({ ...context, replaces: { state } });
    return snapshot.check(undefined, changed, context);
  }

  it("is known by the state's id when triggers change", async () => {
    const { outputs } = await create(news);
    platform.rename("vm-1", "web-old");
    const { inputs, warnings } = await replaced(outputs);
    assert.doesNotMatch(warnings.join(), /not found/);
    const next = await snapshot.create(inputs, context);
    assert.equal(next.outputs.targetId, "vm-1");
    assert.equal(next.outputs.targetName, "web-old");
  });

  it("yields to another VM of that name, and is not searched for on another installation", async () => {
    const { outputs } = await create(news);
    platform.rename("vm-1", "web-old");
    platform.addVm("vm-2", "web");
    assert.equal((await snapshot.create((await replaced(outputs)).inputs, context)).outputs.targetId, "vm-2");
    platform.rename("vm-2", "other");
    const elsewhere = { ...outputs, installation: "memory-7" };
    assert.match((await replaced(elsewhere)).warnings.join(), /VM "web" not found; up fails unless/);
  });
});
