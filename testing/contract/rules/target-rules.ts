import assert from "node:assert/strict";
import { testCall } from "../call";
import type { ContractBench } from "../contract-bench";
import { failure } from "../failure";

export function targetRules(bench: ContractBench): void {
  const { rule, create, observation } = bench;

  // Created before anything else: a driver may cache the list of targets for some seconds.
  rule("names every match of an ambiguous name", async (target) => {
    await bench.platform.twin(target);
    await failure(
      bench.platform.driver.findTarget(bench.kind, { by: "name", value: target.name }, testCall()),
      "ambiguous",
    );
  });

  rule("says which installation it reaches, always the same", async () => {
    const id = await bench.platform.driver.installation(testCall());
    assert.ok(id);
    assert.equal(await bench.platform.driver.installation(testCall()), id);
  });

  rule("finds a target by id and by name", async (target) => {
    for (const by of ["any", "id"] as const) {
      assert.equal(
        (await bench.platform.driver.findTarget(bench.kind, { by, value: target.id }, testCall())).id,
        target.id,
      );
    }
    const byName = await bench.platform.driver.findTarget(bench.kind, { by: "name", value: target.name }, testCall());
    assert.deepEqual([byName.id, byName.name], [target.id, target.name]);
  });

  rule("lists every target with its id and name, where it can list them", async (target) => {
    const listed = await bench.platform.driver.listTargets?.(bench.kind, testCall());
    if (listed === undefined) return;
    const ids = listed.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    assert.equal(listed.find(({ id }) => id === target.id)?.name, target.name);
    await bench.platform.removeTarget(target);
    const later = await bench.platform.driver.listTargets?.(bench.kind, testCall());
    assert.ok(!later?.some(({ id }) => id === target.id));
  });

  rule("says that a target does not exist", async (target) => {
    await failure(
      bench.platform.driver.findTarget(bench.kind, { by: "name", value: "no such" }, testCall()),
      "not-found",
    );
    await bench.platform.removeTarget(target);
    await failure(observation(target), "not-found");
    await failure(create(target), "not-found");
  });

  rule("reads a target without snapshots", async (target) => {
    const state = await observation(target);
    assert.deepEqual(state.snapshots, []);
    assert.deepEqual(state.runningTasks, []);
    assert.equal(state.resizeBlocked, false);
    assert.equal(state.target.id, target.id);
  });
}
