import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { testCall } from "../../../testing/contract/call";
import { HeldClock } from "../../../testing/support/held-clock";
import { kind } from "../../../testing/support/of-kind";
import { raceAbort } from "./race-abort";

describe("work that a call waits for", () => {
  const pending = () => new Promise<never>(() => {});

  it("ends by the call's clock, and not before its deadline", async () => {
    const clock = new HeldClock();
    let ended = false;
    const race = raceAbort(testCall({ milliseconds: 3_600_000, clock }), pending()).finally(() => {
      ended = true;
    });
    clock.pass(3_599_999);
    await new Promise(setImmediate);
    assert.equal(ended, false);
    clock.pass(1);
    await assert.rejects(race, kind("timeout"));
  });

  it("ends at once when the call is cancelled", async () => {
    const call = testCall({ clock: new HeldClock() });
    const race = raceAbort(call, pending());
    call.abort.abort();
    await assert.rejects(race, kind("cancelled"));
  });
});
