import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { testCall } from "../../../testing/contract/call";
import { TestClock } from "../../../testing/support/test-clock";
import { type Observation, TaskPoll } from "./task-poll";

/** Tasks that one test makes, one after the other in each of as many lanes as are parallel. */
const TASKS = 2000;
const PARALLEL = 10;

interface Scenario {
  /** Milliseconds that task number `n` takes. */
  takes(n: number): number;
  together: boolean;
  /** Whether the platform reports its own times. */
  tells: boolean;
  /** Milliseconds that each look takes. */
  observationMs: number;
}

/** @returns mean lateness, and mean duration, of the later half of the tasks */
async function run({ takes, together, tells, observationMs: observationTakes }: Scenario) {
  const clock = new TestClock();
  const ends = new Map<string, { at: number; took: number }>();
  const observation = async ({ id }: { id: string }): Promise<Observation<string>> => {
    const end = ends.get(id);
    assert.ok(end);
    const over = clock.now() >= end.at;
    await clock.sleep(observationTakes);
    if (!over) return { progress: { message: "running" } };
    return { end: id, succeeded: true, ...(tells ? { took: end.took } : {}) };
  };
  const poll = new TaskPoll<string>(observation, together, undefined, clock);
  const lateness: number[] = [];
  const durations: number[] = [];
  let next = 0;
  const lane = async () => {
    while (next < TASKS) {
      const n = next++;
      const took = takes(n);
      const at = clock.now() + took;
      ends.set(`task-${n}`, { at, took });
      await poll.wait(`task-${n}`, "create", testCall({ milliseconds: 600_000 }), undefined);
      if (n < TASKS / 2) continue;
      lateness.push(clock.now() - at);
      durations.push(took);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, lane));
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return { late: mean(lateness), took: mean(durations) };
}

describe("what a poll learns about durations stays stable over thousands of tasks", () => {
  const random = () => {
    let seed = 7;
    return () => {
      seed = (seed * 16807) % 2147483647;
      return seed / 2147483647;
    };
  };
  const durations: Record<string, () => (n: number) => number> = {
    constant: () => () => 1000,
    falling: () => (n) => 3000 - (2500 * n) / TASKS,
    rising: () => (n) => 500 + (2500 * n) / TASKS,
    random: () => {
      const draw = random();
      return () => 600 + 800 * draw();
    },
  };
  for (const [name, takes] of Object.entries(durations)) {
    for (const together of [true, false]) {
      for (const tells of [true, false]) {
        for (const observationMs of [2, 40]) {
          const how = `${together ? "one look for all" : "a look each"}, ${tells ? "told" : "not told"}, ${observationMs} ms a look`;
          it(`${name} durations, ${how}`, async () => {
            const { late, took } = await run({ takes: takes(), together, tells, observationMs });
            // The look itself is no delay of the poll's.
            const own = late - observationMs;
            assert.ok(own < took * 0.1 && own < 250, `${late.toFixed(0)} ms late on ${took.toFixed(0)} ms`);
          });
        }
      }
    }
  }
});
