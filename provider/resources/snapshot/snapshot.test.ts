import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { type TestContext, testContext } from "../../../testing/memory-driver/context";
import { MemoryDriver } from "../../../testing/memory-driver/memory-driver";
import { IN_FLIGHT, type SnapstateError } from "../../core/errors";
import { PartialStateError, type Values } from "../shared/lifecycle";
import { firstMarker } from "../shared/marker";
import { recoveryPoint, snapshot } from ".";

let platform: MemoryDriver;
let context: TestContext;

beforeEach(() => {
  platform = new MemoryDriver();
  platform.addVm("vm-1", "web");
  context = testContext(platform);
});

async function checked(news: Values, olds?: Values, lifecycle = snapshot): Promise<Values> {
  const { inputs, failures } = await lifecycle.check(olds, { target: "web", ...news }, context);
  assert.deepEqual(failures, []);
  return inputs;
}

/** Creates regardless of check: the platform may have changed between the two, so create must refuse by itself. */
async function create(news: Values = {}, lifecycle = snapshot) {
  const { inputs } = await lifecycle.check(undefined, { target: "web", ...news }, context);
  return lifecycle.create(inputs, context);
}

async function snapshots() {
  return (await platform.inspect("snapshot", "vm-1", { ...call() })).snapshots;
}

function call() {
  return {
    signal: new AbortController().signal,
    deadline: { left: 1e6, passed: false } as never,
    operation: "look",
    report: () => {},
  };
}

function kind(expected: string) {
  return (error: SnapstateError) => {
    assert.equal(error.kind, expected, error.message);
    return true;
  };
}

/** @returns what ends the tasks of creates */
function holdTasks(): () => void {
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  platform.taskEnd = () => ended;
  return end;
}

async function createIsSent(): Promise<void> {
  while (!platform.calls.includes("createSnapshot")) await new Promise(setImmediate);
}

/** Starts the program's next run: a new process, the same identity. */
function nextRun(): void {
  context = testContext(platform);
}

function otherIdentity(): TestContext {
  return testContext(platform, "urn:pulumi:dev::app::snapstate:Snapshot::another");
}

describe("create", () => {
  it("makes one snapshot that carries its marker, and returns the platform's values", async () => {
    const { id, outputs } = await create({ name: "before", description: "why" });
    const [point, ...others] = await snapshots();
    assert.equal(others.length, 0);
    assert.equal(id, `default/vm-1/${point?.id}`);
    assert.equal(point?.ownership?.marker, outputs.marker);
    const { name, description, managed, depth, isCurrent } = outputs;
    assert.deepEqual(
      { name, description, managed, depth, isCurrent },
      { name: "before", description: "why", managed: true, depth: 1, isCurrent: true },
    );
  });

  it("takes over the snapshot of a run that was killed after the platform had accepted it", async () => {
    const inputs = await checked({ name: "before" });
    await snapshot.create(inputs, context);
    nextRun();
    const again = await snapshot.create(await checked({ name: "before" }), context);
    assert.equal((await snapshots()).length, 1);
    assert.equal(again.outputs.platformId, (await snapshots())[0]?.id);
  });

  it("removes the orphan of its own failed create, and takes a new one", async () => {
    const inputs = await checked({ name: "before" });
    const orphan = { name: "before", ownership: { marker: inputs.marker as string }, failed: "Error" };
    platform.addSnapshot("vm-1", { ...orphan, ownership: undefined });
    const { id } = platform.addSnapshot("vm-1", orphan);
    const { outputs } = await snapshot.create(inputs, context);
    assert.notEqual(outputs.platformId, id);
    assert.deepEqual(
      (await snapshots()).map((point) => [point.id, point.failed]),
      [
        ["point-1", "Error"],
        [outputs.platformId, undefined],
      ],
    );
  });

  it("takes a new one beside an orphan that the platform does not remove", async () => {
    const inputs = await checked({ name: "before" });
    platform.addSnapshot("vm-1", {
      name: "before",
      ownership: { marker: inputs.marker as string },
      failed: "Allocated",
    });
    platform.faults.push({ method: "removeSnapshot", kind: "conflict", when: "before" });
    const { outputs } = await snapshot.create(inputs, context);
    assert.equal((await snapshots()).at(-1)?.id, outputs.platformId);
    assert.equal((await snapshots()).length, 2);
    assert.match(context.reports.map(({ message }) => message).join(), /point-1 \(Allocated\).*could not be removed/);
  });

  it("does not mistake an orphan for the snapshot when it reads an interrupted create", async () => {
    const inputs = await checked({ name: "before" });
    platform.addSnapshot("vm-1", { name: "before", ownership: { marker: inputs.marker as string }, failed: "Error" });
    const id = `default/vm-1/~${inputs.marker}`;
    const read = await snapshot.read(id, { ...inputs, targetId: "vm-1" }, context);
    assert.deepEqual([read?.id, read?.outputs.platformId], [id, undefined]);
  });

  it("waits for the task of a run that was killed while the platform was still at work", async () => {
    const end = holdTasks();
    const killed = snapshot.create(await checked({ name: "before" }), context);
    await createIsSent();
    nextRun();
    const waiting = snapshot.create(await checked({ name: "before" }), context);
    while (!platform.calls.includes("settle")) await new Promise(setImmediate);
    end();
    const again = await waiting;
    assert.equal((await snapshots()).length, 1);
    assert.equal((await killed).outputs.platformId, again.outputs.platformId);
  });

  it("gives what it took over the name and description the program wants now", async () => {
    await create({ name: "old", description: "old" });
    nextRun();
    const { outputs } = await create({ name: "new", description: "new" });
    const [point] = await snapshots();
    assert.equal(point?.name, "new");
    assert.equal(outputs.description, "new");
  });

  for (const when of ["before", "after"] as const) {
    it(`ends with one snapshot when the reply is lost ${when} the platform acted`, async () => {
      platform.faults.push({ method: "createSnapshot", kind: "lost-reply", when });
      const { outputs } = await create({ name: "one" });
      assert.equal((await snapshots()).length, 1);
      assert.equal(outputs.platformId, (await snapshots())[0]?.id);
    });
  }

  it("leaves a partial state when it cannot observe after a lost reply, and the next run finishes it", async () => {
    const inputs = await checked({ name: "one" });
    platform.faults.push({ method: "createSnapshot", kind: "lost-reply", when: "after" });
    const inspect = platform.inspect.bind(platform);
    let looks = 0;
    platform.inspect = (...args) => {
      if (++looks > 1) platform.faults.push({ method: "inspect", kind: "unreachable", when: "before" });
      return inspect(...args);
    };
    const partial = await snapshot.create(inputs, context).catch((error) => error);
    assert.ok(partial instanceof PartialStateError, String(partial));
    assert.match(partial.id, /^default\/vm-1\/~/);
    assert.ok(partial.reasons[0].length > 0);
    platform.inspect = inspect;
    nextRun();
    const news = await checked({ name: "one" }, inputs);
    assert.notDeepEqual((await snapshot.diff(partial.id, partial.outputs, news, context)).updates, []);
    const outputs = await snapshot.update(partial.id, partial.outputs, news, context);
    assert.equal((await snapshots()).length, 1);
    assert.equal(outputs.platformId, (await snapshots())[0]?.id);
  });

  it("retries while another task holds the VM", async () => {
    platform.faults.push({ method: "createSnapshot", kind: "busy", when: "before", times: 2 });
    await create();
    assert.equal((await snapshots()).length, 1);
  });

  it("stops at once on cancel and leaves a partial state that a destroy removes", async () => {
    const end = holdTasks();
    const creating = create();
    await createIsSent();
    context.abort.abort();
    const partial = await creating.catch((error) => error);
    assert.ok(partial instanceof PartialStateError, String(partial));
    end();
    nextRun();
    await snapshot.delete(partial.id, partial.outputs, context);
    assert.deepEqual(await snapshots(), []);
  });

  for (const when of ["before", "after"] as const) {
    it(`leaves a partial state when cancelled while the request is on its way, ${when} it was carried out`, async () => {
      platform.faults.push({ method: "createSnapshot", kind: "cancelled", when, code: IN_FLIGHT });
      const inputs = await checked({ name: "one" });
      const partial = await snapshot.create(inputs, context).catch((error) => error);
      assert.ok(partial instanceof PartialStateError, String(partial));
      nextRun();
      const outputs = await snapshot.update(
        partial.id,
        partial.outputs,
        await checked({ name: "one" }, inputs),
        context,
      );
      assert.deepEqual(
        (await snapshots()).map(({ id }) => id),
        [outputs.platformId],
      );
    });
  }

  it("makes a name from the VM's name and the time, and keeps it", async () => {
    context.now = () => Date.parse("2026-11-21T10:20:30.400Z");
    const { id, outputs } = await create();
    assert.equal(outputs.name, "web-20261121T102030Z");
    context.now = () => Date.parse("2027-01-01T00:00:00Z");
    const { updates, replaces } = await snapshot.diff(id, outputs, await checked({}, outputs), context);
    assert.deepEqual([...updates, ...replaces], []);
  });

  it("removes a snapshot that was not quiesced when that is required, and fails", async () => {
    platform.quiesceWorks = false;
    await assert.rejects(create({ quiesce: "require" }), kind("consistency"));
    assert.deepEqual(await snapshots(), []);
  });

  it("records the downgrade when quiesce was only preferred", async () => {
    platform.quiesceWorks = false;
    const { outputs } = await create({ quiesce: "prefer" });
    assert.equal(outputs.obtainedConsistency, "crash");
    assert.match(String(outputs.warnings), /quiesce was preferred but not obtained/);
    assert.ok(context.reports.some(({ severity, message }) => severity === "warning" && message.includes("quiesce")));
  });

  it("refuses before anything is changed: depth, disks, readiness, the platform's own limit", async () => {
    const cases: [Values, () => void][] = [
      [{ limits: { maxChainDepth: 1 } }, () => platform.addSnapshot("vm-1", { name: "a" })],
      [
        {},
        () =>
          platform.addVm("vm-1", "web", { blockers: [{ code: "shared-bus", message: "shared bus", blocks: "all" }] }),
      ],
      [
        { memory: true },
        () => platform.addVm("vm-1", "web", { blockers: [{ code: "x", message: "independent", blocks: "memory" }] }),
      ],
      [
        { quiesce: "require" },
        () => platform.addVm("vm-1", "web", { quiesceReady: { ready: false, reason: "no tools" } }),
      ],
      [{}, () => Object.assign(platform, { snapshots: 1 }) && platform.addSnapshot("vm-1", { name: "a" })],
    ];
    for (const [inputs, arrange] of cases) {
      platform = new MemoryDriver();
      platform.addVm("vm-1", "web");
      context = testContext(platform);
      arrange();
      await assert.rejects(create(inputs), kind("guard"), JSON.stringify(inputs));
      assert.ok(!platform.calls.includes("createSnapshot"));
    }
  });

  it("adopts the one snapshot of that name, and refuses two, and another resource's", async () => {
    const byHand = platform.addSnapshot("vm-1", { name: "golden", description: "by hand" });
    const { outputs } = await create({ name: "golden", adoptExisting: true });
    assert.equal(outputs.platformId, byHand.id);
    assert.equal(outputs.description, "by hand");
    assert.equal(outputs.managed, true);
    context = testContext(platform, "urn:pulumi:dev::app::snapstate:Snapshot::other");
    await assert.rejects(create({ name: "golden", adoptExisting: true }), kind("conflict"));
    platform.addSnapshot("vm-1", { name: "golden" });
    await assert.rejects(create({ name: "golden", adoptExisting: true }), kind("ambiguous"));
  });

  it("adopts the snapshot of an id where two have its name, keeps that name, and takes no new one for an unknown id", async () => {
    platform.addSnapshot("vm-1", { name: "golden" });
    const meant = platform.addSnapshot("vm-1", { name: "golden" });
    const { outputs, id } = await create({ adoptExisting: meant.id });
    assert.deepEqual([outputs.platformId, outputs.name, outputs.managed], [meant.id, "golden", true]);
    context = testContext(platform, "urn:pulumi:dev::app::snapstate:Snapshot::other");
    await assert.rejects(create({ adoptExisting: id }), kind("conflict"));
    await assert.rejects(create({ adoptExisting: "no-such-id" }), kind("not-found"));
    await assert.rejects(create({ adoptExisting: id.replace("vm-1", "vm-9") }), kind("not-found"));
    assert.equal((await snapshots()).length, 2);
  });
});

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

describe("drift", () => {
  it("detects a rename by hand and reverts it by update, whether the name was given or generated", async () => {
    for (const news of [{ name: "given" }, {}]) {
      const { id, outputs } = await create(news);
      await platform.editSnapshot(
        "snapshot",
        { targetId: "vm-1", snapshotId: String(outputs.platformId) },
        { name: "by hand" },
        call(),
      );
      const read = await snapshot.read(id, outputs, context);
      assert.equal(read?.outputs.name, "by hand");
      const wanted = await checked(news, outputs);
      const { updates, replaces } = await snapshot.diff(id, read?.outputs ?? {}, wanted, context);
      assert.deepEqual([updates, replaces], [["name"], []]);
      const after = await snapshot.update(id, read?.outputs ?? {}, wanted, context);
      assert.equal(after.name, outputs.name);
      await snapshot.delete(id, after, context);
    }
  });

  it("keeps the marker through every edit, and leaves a description alone that the program does not state", async () => {
    const { id, outputs } = await create({ name: "a" });
    const ref = { targetId: "vm-1", snapshotId: String(outputs.platformId) };
    await platform.editSnapshot(
      "snapshot",
      ref,
      { text: { description: "ask Kim first", ownership: { marker: String(outputs.marker) } } },
      call(),
    );
    const read = await snapshot.read(id, outputs, context);
    const news = await checked({ name: "b" }, outputs);
    assert.deepEqual((await snapshot.diff(id, read?.outputs ?? {}, news, context)).updates, ["name"]);
    const after = await snapshot.update(id, read?.outputs ?? {}, news, context);
    assert.equal(after.description, "ask Kim first");
    assert.equal(after.managed, true);
  });

  it("reads the same state twice from an unchanged platform", async () => {
    const { id, outputs } = await create({ name: "a", description: "b", ttl: "1h" });
    const read = await snapshot.read(id, outputs, context);
    assert.deepEqual(read?.outputs, outputs);
    assert.equal(read?.id, id);
  });

  it("drops the state only on the platform's proof", async () => {
    const { id, outputs } = await create();
    for (const kindOf of ["auth", "permission", "unreachable", "protocol", "timeout"] as const) {
      platform.faults.push({ method: "inspect", kind: kindOf, when: "before" });
      await assert.rejects(snapshot.read(id, outputs, context), kind(kindOf));
    }
    platform.installationId = "another-vcenter";
    await assert.rejects(snapshot.read(id, outputs, context), kind("conflict"));
    await assert.rejects(snapshot.delete(id, outputs, context), kind("conflict"));
    platform.installationId = "memory-1";
    platform.addSnapshot("vm-1", { name: "foreign" });
    await platform.removeSnapshot(
      "snapshot",
      { targetId: "vm-1", snapshotId: String(outputs.platformId) },
      { removeChildren: false, consolidate: true },
      call(),
    );
    assert.equal(await snapshot.read(id, outputs, context), undefined);
    platform.removeVm("vm-1");
    assert.equal(await snapshot.read(id, outputs, context), undefined);
  });

  it("reads from an id alone, by platform id and by names, with inputs that show no change", async () => {
    const { outputs } = await create({ name: "a b/c", description: "d", quiesce: "require" });
    for (const id of [`default/vm-1/${outputs.platformId}`, "default/web/a%20b%2Fc"]) {
      const read = await snapshot.read(id, {}, context);
      assert.equal(read?.id, `default/vm-1/${outputs.platformId}`);
      const news = await checked(read?.inputs ?? {}, read?.inputs);
      const { updates, replaces } = await snapshot.diff(id, read?.outputs ?? {}, news, context);
      assert.deepEqual([...updates, ...replaces], []);
    }
  });
});

describe("delete", () => {
  it("removes it, and succeeds when it or the VM is gone", async () => {
    const { id, outputs } = await create();
    await snapshot.delete(id, outputs, context);
    assert.deepEqual(await snapshots(), []);
    await snapshot.delete(id, outputs, context);
    platform.removeVm("vm-1");
    await snapshot.delete(id, outputs, context);
  });

  for (const when of ["before", "after"] as const) {
    it(`ends with it gone when the reply is lost ${when} the platform acted`, async () => {
      const { id, outputs } = await create();
      platform.faults.push({ method: "removeSnapshot", kind: "lost-reply", when });
      await snapshot.delete(id, outputs, context);
      assert.deepEqual(await snapshots(), []);
    });
  }

  it("is refused on hold", async () => {
    const { id, outputs } = await create({ hold: true });
    await assert.rejects(snapshot.delete(id, outputs, context), kind("held"));
    assert.equal((await snapshots()).length, 1);
  });

  it("retains on request, and the next create takes a new one", async () => {
    const { id, outputs } = await create({ onDestroy: "retain", description: "keep" });
    await snapshot.delete(id, outputs, context);
    assert.equal((await snapshots())[0]?.description, "keep");
    nextRun();
    const again = await create({ description: "keep" });
    assert.notEqual(again.outputs.platformId, outputs.platformId);
  });

  it("removes children on request and only then", async () => {
    const { id, outputs } = await create({ removeChildren: false });
    const child = platform.addSnapshot("vm-1", { name: "child" });
    await snapshot.delete(id, outputs, context);
    assert.deepEqual(
      (await snapshots()).map((point) => [point.id, point.parentId]),
      [[child.id, undefined]],
    );
    const parent = await create({ removeChildren: true });
    platform.addSnapshot("vm-1", { name: "grandchild" });
    await snapshot.delete(parent.id, parent.outputs, context);
    assert.deepEqual(
      (await snapshots()).map((point) => point.id),
      [child.id],
    );
  });
});

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

describe("a snapshot without a state", () => {
  it("is reused by its marker, which is reported with its time", async () => {
    const { outputs } = await create({ name: "one" });
    nextRun();
    const again = await create({ name: "one" });
    assert.equal(again.outputs.platformId, outputs.platformId);
    const said = context.reports.filter(({ severity }) => severity === "warning").map(({ message }) => message);
    assert.match(
      said.join(),
      new RegExp(`reused snapshot "one" \\(${outputs.platformId}\\) of ${outputs.createdAt}, which has`),
    );
  });

  it("gets its marker in the update after an import, and not in the import itself", async () => {
    const byHand = platform.addSnapshot("vm-1", { name: "golden", description: "by hand" });
    const read = await snapshot.read(`default/vm-1/${byHand.id}`, {}, context);
    assert.ok(read);
    const news = { target: read.inputs.target, name: "golden", description: "by hand" };
    const state = read.outputs;
    const inputs = await checked(news, read.inputs);
    assert.deepEqual((await snapshot.diff(read.id, state, inputs, { ...context, imported: true })).updates, []);
    nextRun();
    const next = await checked(news, read.inputs);
    assert.deepEqual((await snapshot.diff(read.id, state, next, context)).updates, ["managed"]);
    const after = await snapshot.update(read.id, state, next, context);
    assert.deepEqual([after.managed, after.description], [true, "by hand"]);
    assert.deepEqual((await snapshot.diff(read.id, after, next, context)).updates, []);
  });
});

describe("a VM that was renamed by hand", () => {
  const news = { target: "web", triggers: ["1"] };

  async function replaced(state: Values) {
    const changed = { target: "web", triggers: ["2"] };
    const first = await snapshot.check(state, changed, context);
    const { replaces } = await snapshot.diff("id", state, first.inputs, context);
    assert.deepEqual(replaces, ["triggers"]);
    context = { ...context, replaces: { state } };
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

describe("RecoveryPoint", () => {
  it("fails and leaves nothing when the consistency was not obtained", async () => {
    platform.quiesceWorks = false;
    await assert.rejects(create({ consistency: "filesystem" }, recoveryPoint), kind("consistency"));
    assert.deepEqual(await snapshots(), []);
    const { outputs } = await create({ consistency: "memory" }, recoveryPoint);
    assert.equal(outputs.obtainedConsistency, "memory");
  });
});
