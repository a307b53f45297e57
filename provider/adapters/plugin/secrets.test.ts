import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { status } from "@grpc/grpc-js";
import { fails, pluginBench } from "../../../testing/plugin/bench";
import { partialOf } from "../../../testing/plugin/plugin-client";
import { isSecret, reveal, secret } from "../../../testing/support/protocol";

const bench = pluginBench();

describe("secrets", () => {
  const canary = "canary-in-a-coal-mine";

  it("come back marked, also in what is made from them, and are in no log and no error", async () => {
    const { inputs, failures } = await bench.client.check({
      target: "web",
      description: secret(canary),
      limits: { maxAge: secret("1h") },
    });
    assert.deepEqual(failures, []);
    assert.ok(isSecret(inputs.description) && isSecret(inputs.limits));
    const { id, state } = await bench.client.create(inputs);
    for (const [key, value] of Object.entries(state)) {
      if (JSON.stringify(value).includes(canary)) assert.ok(isSecret(value), `${key} has it in the clear`);
    }
    assert.ok(isSecret(state.desired) && !isSecret(state.platformId));
    const read = await bench.client.read(id, state, inputs);
    assert.ok(isSecret(read.state.description) && isSecret(read.inputs.description));
    assert.equal((await bench.client.diff(id, inputs, state, inputs)).changes, false);

    const bad = await bench.client.check({ target: "web", name: secret(`${canary}\u0001`) });
    assert.doesNotMatch(JSON.stringify(bad.failures), /canary/);
    bench.driver.faults.push({ method: "createSnapshot", kind: "task-failed", when: "before" });
    const two = bench.client.about("snapstate:index:Snapshot", "two");
    const other = await two.check({ target: "web", name: secret(canary) });
    await fails(two.create(other.inputs), status.UNKNOWN, /^((?!canary).)*$/s);
    assert.doesNotMatch(JSON.stringify(bench.engine.lines), /canary/);
  });

  it("stay marked in a partial state", async () => {
    bench.driver.taskEnd = () => new Promise(() => {});
    const { inputs } = await bench.client.check({ target: "web", description: secret(canary) });
    const error = await fails(bench.client.create(inputs, { timeout: 0.5 }), status.UNKNOWN, /./);
    const { state = {} } = partialOf(error) ?? {};
    assert.ok(isSecret(state.description));
    assert.equal(reveal(state).description, canary);
  });
});
