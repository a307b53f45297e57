import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { lastSlot, nextSlot, scheduleProblem, timeZoneProblem } from "./schedule";

describe("a schedule", () => {
  const last = (pattern: string, now: string, zone = "UTC") => lastSlot(pattern, zone, Date.parse(now))?.toISOString();

  it("has a last slot, which is now in the very second of it", () => {
    assert.equal(last("0 3 * * *", "2026-11-21T10:00:00Z"), "2026-11-21T03:00:00.000Z");
    assert.equal(last("0 3 * * *", "2026-11-21T03:00:00.000Z"), "2026-11-21T03:00:00.000Z");
    assert.equal(last("0 3 * * *", "2026-11-21T03:00:00.900Z"), "2026-11-21T03:00:00.000Z");
    assert.equal(last("0 3 * * *", "2026-11-21T02:59:59.999Z"), "2026-11-20T03:00:00.000Z");
  });

  it("follows a time zone", () => {
    assert.equal(last("0 3 * * *", "2026-07-01T10:00:00Z", "Europe/Berlin"), "2026-07-01T01:00:00.000Z");
    const next = nextSlot("0 3 * * *", "Europe/Berlin", Date.parse("2026-11-21T03:00:00Z"));
    assert.equal(next?.toISOString(), "2026-11-22T02:00:00.000Z");
  });

  it("is refused when it cannot be parsed or never occurs", () => {
    assert.equal(scheduleProblem("0 3 * * 1-5", "UTC"), undefined);
    for (const wrong of ["", "daily", "0 3 * *", "0 0 3 * * *", "61 3 * * *", "0 0 30 2 *"]) {
      assert.equal(typeof scheduleProblem(wrong, "UTC"), "string", wrong);
    }
    assert.equal(timeZoneProblem("Europe/Berlin"), undefined);
    assert.match(timeZoneProblem("Middle-earth/Shire") ?? "", /not a time zone/);
  });
});
