import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { kind } from "../../../testing/support/of-kind";
import { TestClock } from "../../../testing/support/test-clock";
import { type ErrorKind, SnapstateError } from "../../core/errors";
import { cancelSource, Deadline, type OperationContext, type Progress } from "../../core/operation";
import { type Change, changeOnce, done, mayStillBeRunning, NOT_DONE, type Outcome, REPEATABLE } from "./change";

let clock: TestClock;
let abort: AbortController;
let reports: Progress[];
let call: OperationContext;

beforeEach(() => {
  clock = new TestClock();
  abort = cancelSource();
  reports = [];
  const report = (progress: Progress) => reports.push(progress);
  call = { signal: abort.signal, deadline: new Deadline(60_000, clock), operation: "change", report };
});

function failure(kind: ErrorKind): SnapstateError {
  return new SnapstateError({ kind, operation: "change", detail: "as the test wants" });
}

/** A change with scripted results of send and observe, the last one repeated, and counts of the calls. */
function scripted(
  sends: (string | ErrorKind)[],
  looks: (Outcome<string> | Error)[] = [],
  more: Partial<Change<string>> = {},
) {
  const count = { sent: 0, looked: 0 };
  const at = <T>(list: T[], index: number) => list[Math.min(index, list.length - 1)] as T;
  const change: Change<string> = {
    send: async () => {
      const next = at(sends, count.sent++);
      if (next === "made") return next;
      throw failure(next as ErrorKind);
    },
    observe: async () => {
      const next = at(looks, count.looked++);
      if (next instanceof Error) throw next;
      return next;
    },
    subject: "the thing",
    ...more,
  };
  return { count, run: () => changeOnce(change, call) };
}

describe("a change that is carried out exactly once", () => {
  it("is sent once, and nothing is observed, when the reply arrives", async () => {
    const { run, count } = scripted(["made"]);
    assert.equal(await run(), "made");
    assert.deepEqual(count, { sent: 1, looked: 0 });
  });

  for (const refusal of ["busy", "throttled"] as const) {
    it(`is sent again after ${refusal}, which promises that nothing was done`, async () => {
      const { run, count } = scripted([refusal, refusal, "made"]);
      assert.equal(await run(), "made");
      assert.deepEqual(count, { sent: 3, looked: 0 });
    });
  }

  for (const other of ["task-failed", "permission", "quota", "timeout", "protocol", "unreachable"] as const) {
    it(`is not sent again after ${other}`, async () => {
      const { run, count } = scripted([other, "made"]);
      await assert.rejects(run(), kind(other));
      assert.deepEqual(count, { sent: 1, looked: 0 });
    });
  }

  it("is not sent again when it is seen after a lost reply, at the first observation or the second", async () => {
    for (const looks of [[done("seen")], [NOT_DONE, done("seen")]]) {
      const { run, count } = scripted(["lost-reply"], looks);
      assert.equal(await run(), "seen");
      assert.deepEqual(count, { sent: 1, looked: looks.length });
    }
    assert.match(reports[0]?.message ?? "", /the reply was lost \(as the test wants\); checking the thing/);
  });

  it("is sent again only after two observations that prove it absent, with pauses before them", async () => {
    const { run, count } = scripted(["lost-reply", "made"], [NOT_DONE]);
    const started = clock.now();
    assert.equal(await run(), "made");
    assert.deepEqual(count, { sent: 2, looked: 2 });
    assert.ok(clock.now() - started >= 2000, "a server may still be reading the first one");
  });

  it("is never sent a third time", async () => {
    const { run, count } = scripted(["lost-reply"], [NOT_DONE]);
    await assert.rejects(run(), kind("lost-reply"));
    assert.deepEqual(count, { sent: 2, looked: 4 });
  });

  it("is not sent again when the outcome is unknown", async () => {
    const { run, count } = scripted(["lost-reply"], [NOT_DONE, { outcome: "unknown" }]);
    await assert.rejects(run(), kind("lost-reply"));
    assert.deepEqual(count, { sent: 1, looked: 2 });
  });

  it("is not sent again when the observation fails; the caller chooses the error", async () => {
    const plain = scripted(["lost-reply"], [failure("unreachable")]);
    await assert.rejects(plain.run(), kind("unreachable"));
    const lost = scripted(["lost-reply"], [failure("unreachable")], { unobserved: (_failure, error) => error });
    await assert.rejects(lost.run(), kind("lost-reply"));
    assert.deepEqual([plain.count.sent, lost.count.sent], [1, 1]);
  });

  it("ends at a cancel or the deadline, even between two observations", async () => {
    const cancelled = scripted(["lost-reply"], [NOT_DONE]);
    abort.abort();
    await assert.rejects(cancelled.run(), kind("cancelled"));
    assert.deepEqual(cancelled.count, { sent: 0, looked: 0 });
    call = { ...call, signal: cancelSource().signal, deadline: new Deadline(1500, clock) };
    const late = scripted(["lost-reply"], [NOT_DONE]);
    await assert.rejects(late.run(), kind("timeout"));
    assert.equal(late.count.sent, 1);
  });

  it("may be sent three times, after one observation each, where repeating it is harmless", async () => {
    const { run, count } = scripted(["lost-reply", "lost-reply", "made"], [NOT_DONE], REPEATABLE);
    assert.equal(await run(), "made");
    assert.deepEqual(count, { sent: 3, looked: 2 });
  });
});

describe("whether the platform may still be working", () => {
  it("is true after an interrupted wait for a task, or a cancel in flight", () => {
    const error = (facts: { kind: ErrorKind; taskId?: string; code?: string }) =>
      mayStillBeRunning(new SnapstateError({ operation: "change", ...facts }));
    assert.equal(error({ kind: "timeout", taskId: "task-1" }), true);
    assert.equal(error({ kind: "cancelled", code: "in-flight" }), true);
    assert.equal(error({ kind: "timeout" }), false);
    assert.equal(error({ kind: "task-failed", taskId: "task-1" }), false);
    assert.equal(mayStillBeRunning(new Error("x")), false);
  });
});
