import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DURATIONS, lateness, type WaitFor } from "../../../testing/support/lateness";
import { TaskPoll } from "./task-poll";

/** @param tells the platform reports its own times */
function waiter(together: boolean, tells: boolean): WaitFor {
  return (clock, task) => {
    const look = async ({ id }: { id: string }) => {
      const { ended, took } = await task(id);
      if (!ended()) return { progress: { message: "running" } };
      return { end: id, succeeded: true, ...(tells ? { took } : {}) };
    };
    const poll = new TaskPoll<string>(look, together, undefined, clock);
    return (id, call) => poll.wait(id, "create", call);
  };
}

describe("what a poll learns about durations stays stable over thousands of tasks", () => {
  for (const [name, durations] of Object.entries(DURATIONS)) {
    for (const together of [true, false]) {
      for (const tells of [true, false]) {
        for (const pollMs of [2, 40]) {
          const how = `${together ? "one poll for all" : "a poll each"}, ${tells ? "own times" : "no times"}, ${pollMs} ms a poll`;
          it(`${name} durations, ${how}`, async () => {
            const factor = durations();
            const { late, took } = await lateness(waiter(together, tells), (n) => 1000 * factor(n), pollMs);
            assert.ok(late < took * 0.1 && late < 250, `${late.toFixed(0)} ms late on ${took.toFixed(0)} ms`);
          });
        }
      }
    }
  }
});
