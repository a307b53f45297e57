import assert from "node:assert/strict";
import { it } from "node:test";
import { testCall } from "../../../testing/contract/call";
import { TestClock } from "../../../testing/support/test-clock";
import { type Observation, TaskPoll } from "./task-poll";

/** Milliseconds that each task takes. */
const TAKES = 120;

/** Tasks that end after a while, with the moments at which somebody looked. */
function tasks(together: boolean) {
  const clock = new TestClock();
  const looks: { id: string; at: number }[] = [];
  const started = new Map<string, number>();
  const observation = async ({ id }: { id: string }): Promise<Observation<string>> => {
    const at = clock.now();
    looks.push({ id, at });
    await clock.sleep(2);
    if (at - (started.get(id) ?? 0) < TAKES) return { progress: { message: "running" } };
    return { end: `${id} ended`, succeeded: true };
  };
  const poll = new TaskPoll<string>(observation, together, undefined, clock);
  const wait = (id: string) => {
    started.set(id, clock.now());
    return poll.wait(id, "create", testCall());
  };
  /** Looks that came within 10 ms of each other are one poll. */
  const polls = () => looks.filter(({ at }, index) => at - (looks[index - 1]?.at ?? 0) > 10).length;
  return { wait, looks, polls, clock };
}

const names = Array.from({ length: 40 }, (_, index) => `task-${index}`);

it("forty tasks cost no more polls than one", async () => {
  const { wait, polls } = tasks(true);
  const ends = await Promise.all(names.map(wait));
  assert.deepEqual(
    ends,
    names.map((name) => `${name} ended`),
  );
  assert.ok(polls() <= 8, `${polls()} polls`);
});

it("a known duration needs only one or two polls a task", async () => {
  const { wait, looks } = tasks(false);
  await wait("the first");
  looks.length = 0;
  await Promise.all(names.map(wait));
  assert.ok(looks.length <= 2.5 * names.length, `${looks.length} looks`);
});

for (const together of [true, false]) {
  it(`those that wait without experience use that of the first that ends, ${together ? "one poll for all" : "a poll each"}`, async () => {
    const clock = new TestClock();
    const ends = new Map<string, number>();
    const read = async ({ id }: { id: string }): Promise<Observation<string>> =>
      clock.now() < (ends.get(id) ?? 0)
        ? { progress: { message: "running" } }
        : { end: id, succeeded: true, took: 10_000 };
    const poll = new TaskPoll<string>(read, together, undefined, clock);
    const late = await Promise.all(
      Array.from({ length: 30 }, async (_, index) => {
        await clock.sleep(index * 1000);
        const end = clock.now() + 10_000;
        ends.set(`task-${index}`, end);
        await poll.wait(`task-${index}`, "create", testCall({ milliseconds: 600_000, clock }));
        return clock.now() - end;
      }),
    );
    const found = Math.min(...late.map((milliseconds, index) => index * 1000 + 10_000 + milliseconds));
    const later = late.filter((_, index) => (ends.get(`task-${index}`) as number) > found);
    assert.ok(later.length > 0);
    assert.ok(Math.max(...later) < 1500, `${late.map(Math.round)} ms late, the first found at ${found}`);
  });
}

it("nothing is polled when nobody waits", async () => {
  const { wait, looks, clock } = tasks(true);
  await wait("one");
  const before = looks.length;
  await clock.sleep(100);
  assert.equal(looks.length, before);
});

for (const count of [50, 500]) {
  for (const takes of [2, 500]) {
    it(`${count} tasks of ${takes} ms, ten at a time with replies 3 ms apart, cost at most 0.25 polls each`, async () => {
      const clock = new TestClock();
      const ends = new Map<string, number>();
      const polls = new Set<number>();
      const look = async ({ id }: { id: string }): Promise<Observation<string>> => {
        const at = clock.now();
        polls.add(at);
        await clock.sleep(4);
        return at < (ends.get(id) ?? 0)
          ? { progress: { message: "running" } }
          : { end: id, succeeded: true, took: takes };
      };
      const poll = new TaskPoll<string>(look, true, { first: 8, longest: 5000 }, clock);
      let next = 0;
      const lane = async (lane: number) => {
        while (next < count) {
          const id = `task-${next++}`;
          await poll.start(async () => {
            await clock.sleep(5 + 3 * lane);
            ends.set(id, clock.now() + takes);
          });
          await poll.wait(id, "create", testCall({ milliseconds: 600_000, clock }));
        }
      };
      await Promise.all(Array.from({ length: 10 }, (_, index) => lane(index)));
      assert.ok(polls.size / count <= 0.25, `${polls.size / count} polls a task`);
    });
  }
}
