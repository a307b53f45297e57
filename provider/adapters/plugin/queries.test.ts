import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { status } from "@grpc/grpc-js";
import { fails, pluginBench } from "../../../testing/plugin/bench";
import type { Properties } from "../../../testing/support/protocol";
import { UNKNOWN } from "../../../testing/support/protocol";

const bench = pluginBench();

describe("functions", () => {
  it("tell the tree, one snapshot of it, and whether a VM is ready", async () => {
    const { state } = await bench.created({ name: "a" });
    const tree = await bench.client.invoke("snapstate:index:getSnapshots", { target: "web" });
    assert.deepEqual(
      (tree.result.snapshots as Properties[]).map(({ id }) => id),
      [state.platformId],
    );
    const one = await bench.client.invoke("snapstate:index:getSnapshot", { target: "web", snapshot: "a" });
    assert.equal(one.result.id, state.platformId);
    const ready = await bench.client.invoke("snapstate:index:checkTarget", { target: "web" });
    assert.equal(ready.result.ready, true);
  });

  it("return what the schema says, and no more", async () => {
    bench.driver.addSnapshot("vm-1", { name: "a", sizeBytes: 5 });
    const schema = JSON.parse(await bench.client.schema());
    const all: Record<string, Properties> = { getSnapshots: {}, getSnapshot: { snapshot: "a" }, checkTarget: {} };
    for (const [token, args] of Object.entries(all)) {
      const { properties, required } = schema.functions[`snapstate:index:${token}`].outputs;
      const { result } = await bench.client.invoke(`snapstate:index:${token}`, { target: "web", ...args });
      assert.deepEqual(
        Object.keys(result).filter((key) => !properties[key]),
        [],
        token,
      );
      assert.deepEqual(
        (required as string[]).filter((key) => result[key] === undefined),
        [],
        token,
      );
    }
  });

  it("refuse bad arguments on their path, and unknown functions", async () => {
    const { failures } = await bench.client.invoke("snapstate:index:getSnapshots", { target: "", kidn: "x" });
    assert.deepEqual(failures.map(({ property }) => property).sort(), ["kidn", "target"]);
    await fails(bench.client.invoke("snapstate:index:chekTarget", {}), status.NOT_FOUND, /did you mean checkTarget/);
    await fails(bench.client.invoke("snapstate:index:getSnapshots", { target: "no" }), status.NOT_FOUND, /0 VMs match/);
    await fails(
      bench.client.invoke("snapstate:index:getSnapshot", { target: "web", snapshot: "no" }),
      status.NOT_FOUND,
      /the VM has no snapshots/,
    );
  });

  it("are unknown while their arguments are", async () => {
    const { result } = await bench.client.invoke("snapstate:index:checkTarget", { target: UNKNOWN });
    assert.equal(result.ready, UNKNOWN);
  });
});

describe("list", () => {
  it("gives ids that can be imported, page by page", async () => {
    bench.driver.addVm("vm-2", "db");
    for (const name of ["a", "b", "c"]) bench.driver.addSnapshot("vm-1", { name });
    bench.driver.addSnapshot("vm-2", { name: "d" });
    const token = "snapstate:index:Snapshot";
    const { found } = await bench.client.list(token, { target: "web" });
    assert.deepEqual(
      found.map(({ name }) => name),
      ["web/a", "web/b", "web/c"],
    );
    for (const { id } of found) assert.equal((await bench.client.read(id)).id, id);
    const first = await bench.client.list(token, { target: "web" }, { pageSize: 2 });
    assert.deepEqual([first.found.length, first.next], [2, "2"]);
    const second = await bench.client.list(token, { target: "web" }, { pageSize: 2, token: first.next });
    assert.deepEqual([second.found.map(({ name }) => name), second.next], [["web/c"], undefined]);
    assert.equal((await bench.client.list(token, { target: "web" }, { limit: 1 })).found.length, 1);
  });

  it("refuses bad queries, bad tokens, and types that have no list", async () => {
    const token = "snapstate:index:Snapshot";
    await fails(bench.client.list(token, { tagret: "web" }), status.INVALID_ARGUMENT, /did you mean target/);
    await fails(bench.client.list(token, { target: "web" }, { token: "x" }), status.INVALID_ARGUMENT, /continuation/);
    await fails(bench.client.list("snapstate:index:ConsolidationTask", {}), status.UNIMPLEMENTED, /no list/);
  });
});
