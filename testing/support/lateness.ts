import { testCall } from "../contract/call";
import { TestClock } from "./test-clock";

/** Tasks of a run, one after the other in each of the parallel lanes. */
const TASKS = 1000;
const PARALLEL = 10;

/** A platform's task in virtual time. */
export interface TimedTask {
  /** Duration in milliseconds. */
  took: number;
  /** Time of its start. */
  startedAt: number;
  ended(): boolean;
}

/** Waits for tasks of a platform, whose replies come from `task`, each after the duration of a poll. */
export type WaitFor = (
  clock: TestClock,
  task: (id: string) => Promise<TimedTask>,
) => (id: string, call: ReturnType<typeof testCall>) => Promise<unknown>;

/** Durations as multiples of a usual one, by the task's number. */
export const DURATIONS: Record<string, () => (n: number) => number> = {
  constant: () => () => 1,
  falling: () => (n) => 3 - (2.5 * n) / TASKS,
  rising: () => (n) => 0.5 + (2.5 * n) / TASKS,
  random: () => {
    let seed = 7;
    return () => {
      seed = (seed * 16807) % 2147483647;
      return 0.6 + (0.8 * seed) / 2147483647;
    };
  },
};

/** @returns mean lateness without the poll, and mean duration, of the later half of the tasks, in milliseconds */
export async function lateness(waiterOf: WaitFor, takes: (n: number) => number, pollMs: number) {
  const clock = new TestClock();
  const tasks = new Map<string, { at: number; took: number; startedAt: number }>();
  const wait = waiterOf(clock, async (id) => {
    const { at, took, startedAt } = tasks.get(id) as { at: number; took: number; startedAt: number };
    const over = clock.now() >= at;
    await clock.sleep(pollMs);
    return { took, startedAt, ended: () => over };
  });
  let [late, total, counted, next] = [0, 0, 0, 0];
  const lane = async () => {
    while (next < TASKS) {
      const n = next++;
      const [took, startedAt] = [takes(n), clock.now()];
      tasks.set(`task-${n}`, { at: startedAt + took, took, startedAt });
      await wait(`task-${n}`, testCall({ milliseconds: took * 1000, clock }));
      if (n < TASKS / 2) continue;
      late += clock.now() - startedAt - took - pollMs;
      total += took;
      counted++;
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, lane));
  return { late: late / counted, took: total / counted };
}
