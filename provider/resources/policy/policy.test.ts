import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { type TestContext, testContext } from "../../../testing/memory-driver/context";
import { MemoryDriver } from "../../../testing/memory-driver/memory-driver";
import { isSnapstateError, SnapstateError } from "../../core/errors";
import type { OperationContext } from "../../core/operation";
import type { CreateSpec, SnapshotKind } from "../../platforms/contract";
import { PartialStateError, type ReadResult, type Values } from "../shared/lifecycle";
import { snapshotPolicy } from ".";
import type { Member } from "./inputs";

const OWNER = "urn:pulumi:dev::app::snapstate:SnapshotPolicy::nightly";
const DAY = 24 * 3_600_000;
let platform: MemoryDriver;
let context: TestContext;
let clock: number;

beforeEach(() => {
  platform = new MemoryDriver();
  platform.addVm("vm-1", "web");
  platform.addVm("vm-2", "db");
  clock = Date.parse("2026-11-21T12:00:00Z");
  nextRun();
});

function nextRun(): void {
  context = testContext(platform, OWNER);
  context.now = () => clock;
  // The test's clock is the platform's clock.
  const add = MemoryDriver.prototype.addSnapshot.bind(platform);
  platform.addSnapshot = (id, point) => add(id, { createdAt: new Date(clock).toISOString(), ...point });
}

async function checked(news: Values = {}, olds?: Values): Promise<Values> {
  const { inputs, failures } = await snapshotPolicy.check(
    olds,
    { targets: ["web", "db"], label: "nightly", ...news },
    context,
  );
  assert.deepEqual(failures, []);
  return inputs;
}

/** Creates regardless of check: the platform may have changed between the two, so create must refuse by itself. */
async function create(news: Values = {}) {
  const given = { targets: ["web", "db"], label: "nightly", ...news };
  return snapshotPolicy.create((await snapshotPolicy.check(undefined, given, context)).inputs, context);
}
const update = async (id: string, state: Values, news: Values) =>
  snapshotPolicy.update(id, state, await checked(news, state), context);
const diff = async (state: Values, news: Values) =>
  snapshotPolicy.diff("id", state, await checked(news, state), context);

async function names(vm: string): Promise<string[]> {
  const call = {
    signal: context.signal,
    deadline: { left: 1e6, passed: false } as never,
    operation: "look",
    report() {},
  };
  return (await platform.inspect("snapshot", vm, call)).snapshots.map(({ name }) => name);
}

const count = async () => [(await names("vm-1")).length, (await names("vm-2")).length];

function kind(expected: SnapstateError["kind"], text?: RegExp) {
  return (error: unknown) => {
    assert.ok(isSnapstateError(error, expected), String(error));
    if (text) assert.match(error.message, text);
    return true;
  };
}

/** Makes creates on one VM fail. */
function failOn(vm: string, fail: () => Promise<never>): void {
  const original = MemoryDriver.prototype.createSnapshot.bind(platform);
  platform.createSnapshot = (pointKind: SnapshotKind, id: string, spec: CreateSpec, call: OperationContext) =>
    id === vm ? fail() : original(pointKind, id, spec, call);
}

describe("a group", () => {
  it("takes one snapshot of every VM, in a series of its own", async () => {
    const { id, outputs } = await create({ keepLast: 2, description: "by policy" });
    assert.equal(id, "default/nightly/policy");
    assert.deepEqual(await names("vm-1"), ["nightly-20261121T120000Z"]);
    assert.deepEqual(await count(), [1, 1]);
    const members = outputs.members as Member[];
    assert.deepEqual(
      members.map(({ targetName, snapshots }) => [targetName, snapshots.length]),
      [
        ["web", 1],
        ["db", 1],
      ],
    );
    assert.deepEqual([outputs.runs, outputs.takenBecause], [1, "creation"]);
    assert.deepEqual((await diff(outputs, { keepLast: 2, description: "by policy" })).updates, []);
  });

  it("is taken when a trigger changes, and pruned after that, the oldest first, foreign ones never", async () => {
    platform.addSnapshot("vm-1", { name: "foreign" });
    let { id, outputs } = await create({ keepLast: 2, triggers: ["1"] });
    for (const trigger of ["2", "3", "4"]) {
      clock += 1000;
      assert.deepEqual((await diff(outputs, { keepLast: 2, triggers: [trigger] })).updates, ["triggers"]);
      outputs = await update(id, outputs, { keepLast: 2, triggers: [trigger] });
    }
    assert.deepEqual(await names("vm-1"), ["foreign", "nightly-20261121T120002Z", "nightly-20261121T120003Z"]);
    assert.deepEqual(await names("vm-2"), ["nightly-20261121T120002Z", "nightly-20261121T120003Z"]);
    const [pruned] = outputs.pruned as { name: string; reasons: string[] }[];
    assert.deepEqual([pruned?.name, pruned?.reasons], ["nightly-20261121T120001Z", ["beyond keepLast 2"]]);
    assert.equal((outputs.kept as unknown[]).length, 4);
  });

  it("is taken when a moment of the schedule has passed, at up, once", async () => {
    const daily = { schedule: "0 3 * * *", keepDaily: 3 };
    let { id, outputs } = await create(daily);
    assert.equal(outputs.nextDue, "2026-11-22T03:00:00.000Z");
    clock += DAY / 2;
    assert.deepEqual((await diff(outputs, daily)).updates, []);
    clock += DAY;
    assert.deepEqual((await diff(outputs, daily)).updates, ["takenAt"]);
    outputs = await update(id, outputs, daily);
    assert.deepEqual([await count(), outputs.takenBecause], [[2, 2], "schedule"]);
    assert.deepEqual((await diff(outputs, daily)).updates, []);
  });

  it("changes rules without taking or pruning anything", async () => {
    const { id, outputs } = await create({ keepLast: 2, triggers: ["1"] });
    const after = await update(id, outputs, { keepLast: 1, triggers: ["1"] });
    assert.deepEqual([await count(), after.runs, after.takenAt], [[1, 1], 1, outputs.takenAt]);
  });

  it("continues the series of an earlier incarnation of the same resource", async () => {
    const { id, outputs } = await create({ schedule: "0 3 * * *", onDestroy: "retain" });
    await snapshotPolicy.delete(id, outputs, context);
    nextRun();
    const again = await create({ schedule: "0 3 * * *" });
    assert.deepEqual([await count(), again.outputs.runs], [[1, 1], 0]);
    assert.deepEqual((again.outputs.members as Member[])[0]?.snapshots.length, 1);
    assert.deepEqual((await diff(again.outputs, { schedule: "0 3 * * *" })).updates, []);
  });

  it("goes on with its series when a replacement is forced", async () => {
    const { id, outputs } = await create({ triggers: ["1"] });
    nextRun();
    const forced = await create({ triggers: ["1"] });
    await snapshotPolicy.delete(id, outputs, { ...context, takenOver: forced.takenOver });
    assert.deepEqual(await count(), [1, 1]);
    assert.equal((forced.outputs.members as Member[])[0]?.snapshots.length, 1);
  });

  it("is refused when two inputs name one VM", async () => {
    await assert.rejects(create({ targets: ["web", "vm-1"] }), kind("bad-input", /"web".*"vm-1".*one VM/));
    assert.deepEqual(await count(), [0, 0]);
  });
});

describe("all or none", () => {
  it("leaves every VM untouched when a refusal is foreseeable", async () => {
    platform.addVm("vm-3", "raw", { blockers: [{ code: "physical-rdm", message: "has a raw disk", blocks: "all" }] });
    await assert.rejects(create({ targets: ["web", "raw"] }), kind("guard", /"raw": has a raw disk/));
    assert.equal(platform.calls.includes("createSnapshot"), false);
  });

  it("removes the others' snapshots when one fails, and prunes nothing", async () => {
    const { id, outputs } = await create({ keepLast: 1, triggers: ["1"] });
    const full = { kind: "quota", operation: "create", detail: "the datastore is full" } as const;
    failOn("vm-2", () => Promise.reject(new SnapstateError(full)));
    clock += 1000;
    await assert.rejects(
      update(id, outputs, { keepLast: 1, triggers: ["2"] }),
      kind("quota", /1 of 2 VMs failed.*none keeps.*"db".*datastore is full/),
    );
    assert.deepEqual(await names("vm-1"), ["nightly-20261121T120000Z"]);
    assert.deepEqual(await names("vm-2"), ["nightly-20261121T120000Z"]);
  });

  it("is completed by the next run when it was killed in between: one snapshot each", async () => {
    let stuck = () => {};
    const reached = new Promise<void>((resolve) => {
      stuck = resolve;
    });
    failOn("vm-2", () => {
      stuck();
      return new Promise(() => {});
    });
    void create({ triggers: ["1"] });
    await reached;
    while ((await count())[0] === 0) await new Promise(setImmediate);
    Reflect.deleteProperty(platform, "createSnapshot");
    nextRun();
    clock += 1000;
    const { outputs } = await create({ triggers: ["1"] });
    assert.deepEqual([await count(), outputs.runs], [[1, 1], 1]);
  });

  it("is a partial state when the platform is still at work, and the next run finishes it", async () => {
    platform.faults.push({ method: "createSnapshot", kind: "cancelled", when: "after", code: "in-flight" });
    for (const news of [{ triggers: ["1"] }, {}]) {
      const partial = await create(news).catch((error: unknown) => error);
      assert.ok(partial instanceof PartialStateError, String(partial));
      nextRun();
      assert.ok((await diff(partial.outputs, news)).updates.includes("takenAt"));
      const outputs = await update(partial.id, partial.outputs, news);
      assert.deepEqual([await count(), outputs.runs, outputs.unfinished], [[1, 1], 1, undefined]);
      await snapshotPolicy.delete(partial.id, outputs, context);
      platform.faults.push({ method: "createSnapshot", kind: "cancelled", when: "after", code: "in-flight" });
    }
  });
});

describe("what is pruned and what is not", () => {
  it("a snapshot on hold stays, and does not use up a count", async () => {
    const { id, outputs } = await create({ targets: ["web"], keepLast: 1, triggers: ["1"] });
    const call = {
      signal: context.signal,
      deadline: { left: 1e6, passed: false } as never,
      operation: "x",
      report() {},
    };
    const [first] = (await platform.inspect("snapshot", "vm-1", call)).snapshots;
    const { description, ownership: { marker = "", ...notes } = {} } = first ?? { description: "" };
    const held = { description, ownership: { marker, ...notes, hold: true } };
    await platform.editSnapshot("snapshot", { targetId: "vm-1", snapshotId: first?.id ?? "" }, { text: held }, call);
    clock += 1000;
    const after = await update(id, outputs, { targets: ["web"], keepLast: 1, triggers: ["2"] });
    assert.equal((await names("vm-1")).length, 2);
    await snapshotPolicy.delete(id, after, context);
    assert.deepEqual(await names("vm-1"), [first?.name]);
    assert.match(context.reports.map(({ message }) => message).join("\n"), /on hold/);
  });

  it("a policy on hold takes and does not prune, and is not deleted", async () => {
    const { id, outputs } = await create({ keepLast: 1, triggers: ["1"], hold: true });
    clock += 1000;
    const after = await update(id, outputs, { keepLast: 1, triggers: ["2"], hold: true });
    assert.deepEqual(await count(), [2, 2]);
    await assert.rejects(snapshotPolicy.delete(id, after, context), kind("held"));
  });

  it("another policy's series of the same label is foreign", async () => {
    await create({ keepLast: 1 });
    context = testContext(platform, `${OWNER}-2`);
    context.now = () => clock;
    clock += 1000;
    const { outputs } = await create({ keepLast: 1 });
    assert.deepEqual([await count(), outputs.pruned], [[2, 2], []]);
  });

  it("what cannot be pruned now is reported and left to the next run", async () => {
    let { id, outputs } = await create({ targets: ["web"], keepLast: 1, triggers: ["1"] });
    platform.faults.push({ method: "removeSnapshot", kind: "permission", when: "before" });
    clock += 1000;
    outputs = await update(id, outputs, { targets: ["web"], keepLast: 1, triggers: ["2"] });
    assert.equal((await names("vm-1")).length, 2);
    assert.match(context.reports.map(({ message }) => message).join("\n"), /next run tries again/);
    const same = { targets: ["web"], keepLast: 1, triggers: ["2"] };
    assert.deepEqual((await diff(outputs, same)).updates, ["pruned"]);
    outputs = await update(id, outputs, same);
    assert.deepEqual([(await names("vm-1")).length, outputs.runs], [1, 2]);
    assert.deepEqual((await diff(outputs, same)).updates, []);
  });

  it("deleting removes only the series, or leaves it; likewise for a VM that leaves the group", async () => {
    platform.addSnapshot("vm-1", { name: "foreign" });
    const { id, outputs } = await create();
    const less = await update(id, outputs, { targets: ["web"] });
    assert.deepEqual(await count(), [2, 0]);
    platform.removeVm("vm-2");
    await snapshotPolicy.delete(id, less, context);
    assert.deepEqual(await names("vm-1"), ["foreign"]);
  });
});

describe("a VM that was renamed by hand", () => {
  it("stays in the group, in the preview and when a group is taken", async () => {
    const { id, outputs } = await create({ triggers: ["1"] });
    platform.rename("vm-1", "web-old");
    nextRun();
    const { updates } = await diff(outputs, { triggers: ["2"] });
    assert.ok(updates.length > 0);
    assert.doesNotMatch(context.reports.map(({ message }) => message).join(), /does not exist/);
    await update(id, outputs, { triggers: ["2"] });
    assert.deepEqual(await count(), [2, 2]);
    platform.addVm("vm-3", "web");
    const next = await update(id, outputs, { triggers: ["3"] });
    const [first] = next.members as { targetId: string }[];
    assert.equal(first?.targetId, "vm-3");
  });
});

describe("preview, refresh and check", () => {
  const say = async (news: Values, olds?: Values) => {
    const { warnings, failures } = await snapshotPolicy.check(
      olds,
      { targets: ["web"], label: "nightly", ...news },
      context,
    );
    return [...warnings, ...failures.map(({ property, reason }) => `${property}: ${reason}`)].join("\n");
  };

  it("lists what would be kept and pruned, with reasons, and changes nothing", async () => {
    assert.match(
      await say({ keepLast: 1 }),
      /VM "web": takes a snapshot of series nightly \(creation\)[\s\S]*keeps {2}the new one: keepLast 1/,
    );
    const { outputs } = await create({ targets: ["web"], keepLast: 1, triggers: ["1"] });
    clock += 1000;
    await diff(outputs, { targets: ["web"], keepLast: 1, triggers: ["2"] });
    const lines = context.reports.map(({ message }) => message).join("\n");
    assert.match(
      lines,
      /\(trigger\), then\n {2}keeps {2}the new one: keepLast 1\n {2}prunes nightly-\S+ \(point-\S+, \S+\): beyond keepLast 1/,
    );
    assert.equal((await names("vm-1")).length, 1);
  });

  it("warns that a series without rules grows", async () => {
    assert.match(await say({}), /grows until the datastore is full/);
    assert.doesNotMatch(await say({ keepLast: 3 }), /grows/);
  });

  it("refuses an invalid schedule, time zone or label", async () => {
    assert.match(await say({ schedule: "daily" }), /^schedule: /m);
    assert.match(await say({ timeZone: "Mars" }), /^timeZone: /m);
    assert.match(await say({ label: "A b" }), /^label: /m);
    assert.match(await say({ targets: [] }), /^targets: /m);
  });

  it("requires consent where the platform keeps one snapshot, and then removes the old one first", async () => {
    platform.snapshots = 1;
    assert.match(await say({ keepLast: 1 }), /^pruneFirst: memory keeps one snapshot/m);
    assert.match(await say({ keepLast: 2, pruneFirst: true }), /^keepLast: is 2, and memory keeps 1/m);
    const one = { targets: ["web"], keepLast: 1, pruneFirst: true };
    const { id, outputs } = await create({ ...one, triggers: ["1"] });
    clock += 1000;
    await update(id, outputs, { ...one, triggers: ["2"] });
    assert.deepEqual(await names("vm-1"), ["nightly-20261121T120001Z"]);
  });

  it("shows on a refresh what is there, and is dropped only when all its VMs are gone", async () => {
    const { id, outputs } = await create();
    platform.removeVm("vm-2");
    const read = await snapshotPolicy.read(id, outputs, context);
    assert.deepEqual(
      ((read as ReadResult).outputs.members as Member[]).map(({ snapshots }) => snapshots.length),
      [1, 0],
    );
    platform.removeVm("vm-1");
    assert.equal(await snapshotPolicy.read(id, outputs, context), undefined);
    platform.faults.push({ method: "inspect", kind: "unreachable", when: "before" });
    await assert.rejects(snapshotPolicy.read(id, outputs, context), kind("unreachable"));
  });
});
