import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ServiceError, status } from "@grpc/grpc-js";
import { testContext } from "../../../testing/memory-driver/context";
import { fails, pluginBench } from "../../../testing/plugin/bench";
import { partialOf } from "../../../testing/plugin/plugin-client";
import type { Properties } from "../../../testing/support/protocol";
import { UNKNOWN } from "../../../testing/support/protocol";
import { snapshot } from "../../resources/snapshot";

const bench = pluginBench();

describe("create", () => {
  it("previews without touching anything: inputs known, the rest not", async () => {
    const { inputs } = await bench.client.check({ target: "web", description: "why" });
    const calls = bench.driver.calls.length;
    const { id, state } = await bench.client.create(inputs, { preview: true });
    assert.equal(id, "");
    assert.deepEqual(
      [state.description, state.name, state.platformId, state.onDestroy],
      ["why", UNKNOWN, UNKNOWN, "delete"],
    );
    assert.equal(bench.driver.calls.length, calls);
  });

  it("creates, asks for a refresh before updates, and names the resource by its own id", async () => {
    const { id, state, reply } = await bench.created({ name: "a" });
    assert.equal(id, `default/vm-1/${state.platformId}`);
    assert.equal(state.managed, true);
    assert.equal(reply.getRefreshBeforeUpdate(), true);
  });

  it("stops at the engine's time limit with a partial state, which an update finishes", async () => {
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    bench.driver.taskEnd = () => ended;
    const { inputs } = await bench.client.check({ target: "web" });
    const error = await fails(bench.client.create(inputs, { timeout: 0.5 }), status.UNKNOWN, /not finished/);
    end();
    const partial = partialOf(error);
    assert.ok(partial);
    assert.match(partial.id, /^default\/vm-1\/~/);
    assert.equal(partial.reasons.length, 1);
    const diff = await bench.client.diff(partial.id, inputs, partial.state, inputs);
    assert.equal(diff.changes, true);
    const { state } = await bench.client.update(partial.id, partial.state, inputs);
    assert.equal(state.managed, true);
    assert.equal(bench.vm.snapshots.length, 1);
  });

  it("reports failures with a code that says whether anything may have changed", async () => {
    const { inputs } = await bench.client.check({ target: "web" });
    bench.driver.faults.push({ method: "createSnapshot", kind: "permission", when: "before" });
    await fails(bench.client.create(inputs), status.PERMISSION_DENIED, /as the test wants/);
    bench.driver.faults.push({ method: "createSnapshot", kind: "task-failed", when: "before" });
    await fails(bench.client.create(inputs), status.UNKNOWN, /as the test wants/);
  });

  it("refuses at plan time, each on its property", async () => {
    const { failures } = await bench.client.check({ target: "web", name: "one", adoptId: "point-9" });
    assert.deepEqual(
      failures.map(({ property }) => property),
      ["adoptId"],
    );
  });

  it("refuses a change of what is on hold in a diff that follows a check, and not in a refresh's", async () => {
    const { id, inputs, state } = await bench.created({ hold: true });
    const news = { ...inputs, triggers: ["2"] };
    await fails(bench.client.diff(id, inputs, state, news), status.FAILED_PRECONDITION, /on hold/);
    await bench.client.configure();
    assert.equal((await bench.client.diff(id, inputs, state, news)).changes, true);
  });

  it("refuses inputs that never went through check", async () => {
    await fails(bench.client.create({}), status.UNKNOWN, /./);
    assert.equal(bench.vm.snapshots.length, 0);
  });
});

describe("read", () => {
  it("imports by the platform's id and by path and name, and what it imports is no change", async () => {
    const snapshot = bench.driver.addSnapshot("vm-1", { name: "by hand", description: "golden" });
    for (const id of [`default/vm-1/${snapshot.id}`, `default/${encodeURIComponent("/DC/vm/web")}/by%20hand`]) {
      const read = await bench.client.read(id);
      assert.equal(read.id, `default/vm-1/${snapshot.id}`);
      assert.deepEqual(
        [read.inputs.name, read.inputs.description, read.inputs.target],
        ["by hand", "golden", "/DC/vm/web"],
      );
      const { inputs, failures } = await bench.client.check(read.inputs, read.inputs);
      assert.deepEqual(failures, []);
      assert.equal((await bench.client.diff(read.id, read.inputs, read.state, inputs)).changes, false);
    }
  });

  it("shows drift in the inputs that the program states", async () => {
    const { id, inputs, state } = await bench.created({ name: "mine" });
    const [snapshot] = bench.vm.snapshots;
    if (snapshot) snapshot.name = "yours";
    const read = await bench.client.read(id, state, inputs);
    assert.deepEqual([read.inputs.name, read.state.name], ["yours", "yours"]);
    assert.equal(read.inputs.description, undefined);
  });

  it("returns no id when the platform reports that it is gone", async () => {
    const { id, inputs, state } = await bench.created();
    bench.vm.snapshots.splice(0);
    assert.equal((await bench.client.read(id, state, inputs)).id, "");
  });

  it("refuses malformed ids", async () => {
    await fails(bench.client.read(""), status.INVALID_ARGUMENT, /no id/);
    for (const id of ["x", "a/b", "a/b/c/d", "a//c", "%/b/c", "x".repeat(5000)]) {
      await fails(bench.client.read(id), status.INVALID_ARGUMENT, /three parts/);
    }
  });

  it("keeps the state when the platform does not answer", async () => {
    const { id, inputs, state } = await bench.created();
    bench.driver.faults.push({ method: "inspect", kind: "unreachable", when: "before" });
    await fails(bench.client.read(id, state, inputs), status.UNAVAILABLE, /./);
  });
});

describe("update and delete", () => {
  it("previews an update: what it cannot change stays known", async () => {
    const { id, state, inputs } = await bench.created();
    const news = { ...inputs, description: "new" };
    const preview = (await bench.client.update(id, state, news, { preview: true })).state;
    assert.deepEqual(
      [preview.description, preview.platformId, preview.name, preview.warnings],
      ["new", state.platformId, state.name, UNKNOWN],
    );
    assert.equal(bench.vm.snapshots[0]?.description.startsWith("new"), false);
    assert.equal((await bench.client.update(id, state, news)).state.description, "new");
  });

  it("deletes, and succeeds when it does not exist", async () => {
    const { id, state } = await bench.created();
    await bench.client.delete(id, state);
    assert.deepEqual(bench.vm.snapshots, []);
    await bench.client.delete(id, state);
  });

  it("refuses what is on hold", async () => {
    const { id, state } = await bench.created({ hold: true });
    await fails(bench.client.delete(id, state), status.FAILED_PRECONDITION, /on hold/);
  });

  it("require an id", async () => {
    await fails(bench.client.update("", {}, {}), status.INVALID_ARGUMENT, /no id/);
    await fails(bench.client.delete("", {}), status.INVALID_ARGUMENT, /no id/);
  });
});

describe("cancel", () => {
  it("ends a wait at once with a partial state", async () => {
    bench.driver.taskEnd = () => new Promise(() => {});
    const { inputs } = await bench.client.check({ target: "web" });
    const creating = bench.client.create(inputs).then(
      () => assert.fail("it did not fail"),
      (error: ServiceError) => error,
    );
    while (!bench.driver.calls.includes("createSnapshot")) await new Promise((resolve) => setTimeout(resolve, 5));
    await bench.client.cancel();
    const partial = partialOf(await creating);
    assert.ok(partial && partial.state.targetId === "vm-1");
  });

  it("starts afresh when an engine attaches again", async () => {
    await bench.client.cancel();
    await bench.client.configure();
    assert.ok((await bench.created()).id);
  });
});

describe("a stack that comes from the dynamic adapter", () => {
  it("keeps its snapshot and its marker, and shows no change", async () => {
    const urn = "urn:pulumi:dev::app::pulumi-nodejs:dynamic/snapstate:Snapshot::one";
    const args = { target: "web", description: "why" };
    const context = testContext(bench.driver, urn);
    const before = await snapshot.check(undefined, args, context);
    const { id, outputs } = await snapshot.create(before.inputs, context);
    const closure = { __provider: "the closure's text", owner: urn };
    const [oldInputs, state] = [before.inputs, outputs].map((values) => ({ ...values, ...closure }) as Properties);
    assert.ok(oldInputs && state);

    bench.driver.calls.length = 0;
    const { inputs, failures } = await bench.client.check(args, oldInputs);
    assert.deepEqual(failures, []);
    assert.equal(inputs.marker, oldInputs.marker);
    assert.equal((await bench.client.diff(id, oldInputs, state, inputs)).changes, false);
    const read = await bench.client.read(id, state, inputs);
    assert.deepEqual([read.id, read.state.managed, read.state.marker], [id, true, oldInputs.marker]);
    assert.ok(!bench.driver.calls.some((call) => /^(create|edit|remove)/.test(call)), bench.driver.calls.join());

    // An edit keeps the marker, and so does the way back.
    const news = { ...inputs, description: "edited" };
    const { state: edited } = await bench.client.update(id, state, news);
    assert.equal(edited.marker, oldInputs.marker);
    const back = await snapshot.check(inputs, { ...args, description: "edited" }, testContext(bench.driver, urn));
    assert.equal(back.inputs.marker, oldInputs.marker);
    const diff = await snapshot.diff(id, edited, back.inputs, context);
    assert.deepEqual([diff.updates, diff.replaces], [[], []]);
  });
});
