import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { testCall } from "../../../testing/contract/call";
import {
  clock,
  context,
  count,
  create,
  diff,
  kind,
  names,
  nextRun,
  OWNER,
  platform,
  update,
} from "../../../testing/memory-driver/policy-bench";
import type { ReadResult, Values } from "../shared/lifecycle";
import { snapshotPolicy } from ".";
import type { Member } from "./inputs";

describe("what is pruned and what is not", () => {
  it("a snapshot on hold stays, and does not use up a count", async () => {
    const { id, outputs } = await create({ targets: ["web"], keepLast: 1, triggers: ["1"] });
    const call = testCall();
    const [first] = (await platform.inspect("snapshot", "vm-1", call)).snapshots;
    const { description, ownership: { marker = "", ...notes } = {} } = first ?? { description: "" };
    const held = { description, ownership: { marker, ...notes, hold: true } };
    await platform.editSnapshot("snapshot", { targetId: "vm-1", snapshotId: first?.id ?? "" }, { text: held }, call);
    clock.now += 1000;
    const after = await update(id, outputs, { targets: ["web"], keepLast: 1, triggers: ["2"] });
    assert.equal((await names("vm-1")).length, 2);
    await snapshotPolicy.delete(id, after, context);
    assert.deepEqual(await names("vm-1"), [first?.name]);
    assert.match(context.reports.map(({ message }) => message).join("\n"), /on hold/);
  });

  it("a policy on hold takes and does not prune, and is not deleted", async () => {
    const { id, outputs } = await create({ keepLast: 1, triggers: ["1"], hold: true });
    clock.now += 1000;
    const after = await update(id, outputs, { keepLast: 1, triggers: ["2"], hold: true });
    assert.deepEqual(await count(), [2, 2]);
    await assert.rejects(snapshotPolicy.delete(id, after, context), kind("held"));
  });

  it("another policy's series of the same label is foreign", async () => {
    await create({ keepLast: 1 });
    nextRun(`${OWNER}-2`);
    clock.now += 1000;
    const { outputs } = await create({ keepLast: 1 });
    assert.deepEqual([await count(), outputs.pruned], [[2, 2], []]);
  });

  it("what cannot be pruned now is reported and left to the next run", async () => {
    let { id, outputs } = await create({ targets: ["web"], keepLast: 1, triggers: ["1"] });
    platform.faults.push({ method: "removeSnapshot", kind: "permission", when: "before" });
    clock.now += 1000;
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
    clock.now += 1000;
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
    clock.now += 1000;
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
