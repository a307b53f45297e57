import assert from "node:assert/strict";
import { describe } from "node:test";
import fc from "fast-check";
import { RAW } from "../../../testing/fuzz/outcomes";
import { property, RUNS, textOf } from "../../../testing/fuzz/properties";
import { lastSlot, nextSlot, scheduleProblem, timeZoneProblem } from "./schedule";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const REFUSED = /^(is not a cron pattern of five parts|never comes)/;

const any = textOf(
  "*",
  "*/5",
  "0",
  "59",
  "60",
  "1-5",
  "L",
  "W",
  "#",
  "?",
  "@daily",
  "MON",
  "FEB",
  "2030-01-01T00:00:00",
);
const field = fc.oneof(
  fc.constantFrom(
    "*",
    "*/7",
    "0",
    "31",
    "30",
    "2",
    "1,15",
    "10-20",
    "20-10",
    "L",
    "15W",
    "MON#2",
    "7",
    "FEB",
    "?",
    "+1",
  ),
  fc.string({ maxLength: 3 }),
);
const five = fc.array(field, { minLength: 4, maxLength: 7 }).map((fields) => fields.join(" "));
const timeZone = fc.oneof(
  fc.constantFrom("UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia", "+05:30", "local", "", "__proto__"),
  textOf("Europe/", "Berlin", "+01"),
);

describe("schedules, for any text", () => {
  property(
    "schedules: any text is a schedule with moments in their order, or is refused in plain words",
    fc.tuple(fc.oneof(any, five, fc.constant("2030-01-01T00:00:00")), timeZone),
    ([pattern, zone]) => {
      const zoned = timeZoneProblem(zone);
      if (zoned !== undefined) return assert.match(zoned, /^is not a time zone/);
      const problem = scheduleProblem(pattern, zone);
      if (problem !== undefined) {
        assert.match(problem, REFUSED);
        assert.doesNotMatch(problem, RAW);
        return;
      }
      assert.ok(!pattern.includes(":"), pattern);
      const last = lastSlot(pattern, zone, NOW);
      const next = nextSlot(pattern, zone, NOW);
      assert.ok(last === undefined || last.getTime() <= NOW + 999, `${pattern} in ${zone}: ${last?.toISOString()}`);
      assert.ok(next !== undefined && next.getTime() > NOW, `${pattern} in ${zone}: no next`);
    },
    Math.min(RUNS, 1000),
  );
});
