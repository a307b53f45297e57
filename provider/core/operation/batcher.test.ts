import assert from "node:assert/strict";
import { it } from "node:test";
import { testCall } from "../../../testing/contract/call";
import { Batcher, type Outcome } from "./batcher";

function counting(): { batcher: Batcher<number, number>; batches: number[][] } {
  const batches: number[][] = [];
  const ask = async (questions: readonly number[]) => {
    batches.push([...questions]);
    return questions.map(
      (question): Outcome<number> => (question < 0 ? { error: new Error("no") } : { answer: question * 2 }),
    );
  };
  return { batcher: new Batcher(ask, 3), batches };
}

it("questions asked together are sent together, and one failure does not affect the others", async () => {
  const { batcher, batches } = counting();
  const answers = await Promise.allSettled([1, -1, 2, 3].map((question) => batcher.answer(question, testCall())));
  assert.deepEqual(batches, [[1, -1, 2], [3]]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled", "fulfilled"],
  );
});

it("a question that may wait joins the first batch that is sent", async () => {
  const { batcher, batches } = counting();
  const patient = batcher.answer(1, testCall(), 60_000);
  const other = batcher.answer(2, testCall(), 60_000);
  await Promise.all([patient, other, batcher.answer(3, testCall())]);
  assert.deepEqual(batches, [[1, 2, 3]]);
  assert.equal(await batcher.answer(4, testCall(), 0), 8);
});

it("a patient question waits while others keep coming, but not longer than it may", async (t) => {
  let now = 1000;
  t.mock.method(performance, "now", () => now);
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const pass = (milliseconds: number) => {
    now += milliseconds;
    t.mock.timers.tick(milliseconds);
  };
  const { batcher, batches } = counting();
  const asked = [batcher.answer(1, testCall(), undefined, 25)];
  for (const question of [2, 3]) {
    pass(10);
    asked.push(batcher.answer(question, testCall(), undefined, 25));
  }
  assert.deepEqual(batches, []);
  pass(5);
  assert.deepEqual(batches, [[1, 2, 3]]);
  await Promise.all(asked);
  const alone = batcher.answer(4, testCall(), undefined, 25);
  pass(12);
  assert.deepEqual(batches.at(-1), [4]);
  await alone;
});
