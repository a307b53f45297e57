import assert from "node:assert/strict";
import { describe } from "node:test";
import fc from "fast-check";
import { RAW } from "../../testing/fuzz/outcomes";
import { property, textOf } from "../../testing/fuzz/properties";
import { durationSchema, milliseconds, parseDuration } from "./durations";

const CENTURY = 100 * 365 * 86_400_000;
const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const given = fc.oneof(
  textOf("1", "90", "0.5", "ms", "s", "m", "h", "d", "w", "-", "+", "e3", ".", "9".repeat(400), "٣", "∞"),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
);

describe("durations, for any text and any number", () => {
  property(
    "durations: any text is a time that can be waited for, or is refused with a form that is right",
    given,
    (value) => {
      const parsed = parseDuration(value);
      const { success, error } = durationSchema.safeParse(value);
      assert.equal(success, parsed !== undefined);
      if (parsed !== undefined) {
        assert.ok(parsed >= 0 && parsed <= CENTURY);
        return;
      }
      const words = error?.issues.map(({ message }) => message).join() ?? "";
      assert.match(words, /not a duration: use a number and a unit \(90s/);
      assert.doesNotMatch(words, RAW);
    },
  );

  const part = fc.tuple(fc.nat(5000), fc.constantFrom("ms", "s", "m", "h", "d", "w"));
  property(
    "durations: numbers with units add up",
    fc.tuple(fc.array(part, { minLength: 1, maxLength: 4 }), fc.constantFrom("", " ", "\n")),
    ([parts, around]) => {
      const text = parts.map(([amount, letter]) => `${amount}${letter}`).join("");
      const sum = parts.reduce((total, [amount, letter]) => total + amount * unit[letter as keyof typeof unit], 0);
      if (sum <= CENTURY) assert.equal(milliseconds(around + text + around), sum);
      else assert.equal(parseDuration(text), undefined);
    },
  );
});
