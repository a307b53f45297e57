import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checked, context, create, nextRun, platform, snapshots } from "../../../testing/memory-driver/snapshot-bench";
import { IN_FLIGHT } from "../../core/errors";
import { PartialStateError } from "../shared/lifecycle";
import { snapshot } from ".";

const claims = () => ({ ...context, claims: true });
const taken = async () => snapshot.create(await checked({ name: "one", ttl: "72h" }), claims());

describe("two states of one snapshot", () => {
  it("are told apart by the take-overs that the platform has counted", async () => {
    const first = await taken();
    nextRun();
    const second = await taken();
    assert.deepEqual([first.outputs.claim, second.outputs.claim], [undefined, 1]);
    const [one] = await snapshots();
    assert.deepEqual([one?.ownership?.claim, one?.ownership?.ttlSeconds], [1, 259_200]);

    nextRun();
    assert.equal(await snapshot.read(first.id, first.outputs, context), undefined);
    assert.match(context.reports.at(-1)?.message ?? "", /is kept, and this older state of it is dropped/);
    const read = await snapshot.read(second.id, second.outputs, context);
    assert.deepEqual(read?.outputs, second.outputs);

    for (const onDestroy of ["delete", "retain"]) {
      await snapshot.delete(first.id, { ...first.outputs, onDestroy }, claims());
      assert.match(context.reports.at(-1)?.message ?? "", /is kept/);
      assert.equal((await snapshots())[0]?.ownership?.claim, 1);
    }
    await snapshot.delete(second.id, second.outputs, claims());
    assert.deepEqual(await snapshots(), []);
  });

  it("stay apart when the later one is edited", async () => {
    const first = await taken();
    nextRun();
    const { id, outputs } = await taken();
    const edited = await snapshot.update(id, outputs, { ...(await checked({ name: "two" })) }, claims());
    assert.equal(edited.claim, 1);
    assert.equal((await snapshots())[0]?.ownership?.claim, 1);
    assert.equal(await snapshot.read(first.id, first.outputs, context), undefined);
  });

  it("are not counted where a state is finished, or the engine keeps no older one", async () => {
    const inputs = await checked({ name: "one" });
    platform.faults.push({ method: "createSnapshot", kind: "cancelled", when: "after", code: IN_FLIGHT });
    const interrupted = await snapshot.create(inputs, claims()).catch((error: unknown) => error);
    assert.ok(interrupted instanceof PartialStateError);
    nextRun();
    await snapshot.update(interrupted.id, { ...inputs, ...interrupted.outputs }, inputs, claims());
    nextRun();
    await create({ name: "one" });
    assert.equal((await snapshots())[0]?.ownership?.claim, undefined);
  });

  it("do not fail a create that may not edit", async () => {
    await taken();
    nextRun();
    platform.faults.push({ method: "editSnapshot", kind: "permission", when: "before" });
    assert.equal((await taken()).outputs.claim, undefined);
    assert.equal((await snapshots()).length, 1);
  });
});
