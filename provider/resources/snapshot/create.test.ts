import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { testContext } from "../../../testing/memory-driver/context";
import {
  checked,
  context,
  create,
  createIsSent,
  holdTasks,
  kind,
  newPlatform,
  nextRun,
  platform,
  snapshots,
  use,
} from "../../../testing/memory-driver/snapshot-bench";
import { IN_FLIGHT } from "../../core/errors";
import { PartialStateError, type Values } from "../shared/lifecycle";
import { recoveryPoint, snapshot } from ".";

describe("create", () => {
  it("makes one snapshot that carries its marker, and returns the platform's values", async () => {
    const { id, outputs } = await create({ name: "before", description: "why" });
    const [snapshot, ...others] = await snapshots();
    assert.equal(others.length, 0);
    assert.equal(id, `default/vm-1/${snapshot?.id}`);
    assert.equal(snapshot?.ownership?.marker, outputs.marker);
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
      (await snapshots()).map((snapshot) => [snapshot.id, snapshot.failed]),
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
    const [snapshot] = await snapshots();
    assert.equal(snapshot?.name, "new");
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
      newPlatform();
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
    use(testContext(platform, "urn:pulumi:dev::app::snapstate:Snapshot::other"));
    await assert.rejects(create({ name: "golden", adoptExisting: true }), kind("conflict"));
    platform.addSnapshot("vm-1", { name: "golden" });
    await assert.rejects(create({ name: "golden", adoptExisting: true }), kind("ambiguous"));
  });

  it("adopts the snapshot of an id where two have its name, keeps that name, and takes no new one for an unknown id", async () => {
    platform.addSnapshot("vm-1", { name: "golden" });
    const meant = platform.addSnapshot("vm-1", { name: "golden" });
    const { outputs, id } = await create({ adoptId: meant.id });
    assert.deepEqual([outputs.platformId, outputs.name, outputs.managed], [meant.id, "golden", true]);
    use(testContext(platform, "urn:pulumi:dev::app::snapstate:Snapshot::other"));
    await assert.rejects(create({ adoptId: id }), kind("conflict"));
    await assert.rejects(create({ adoptId: "no-such-id" }), kind("not-found"));
    await assert.rejects(create({ adoptId: id.replace("vm-1", "vm-9") }), kind("not-found"));
    assert.equal((await snapshots()).length, 2);
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
