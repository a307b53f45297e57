import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { bucketOf } from "./buckets";
import { type Candidate, decide, type Rules } from "./retention";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.parse("2026-11-21T12:00:00Z");
const base: Rules = { keepMin: 1, timeZone: "UTC" };

const count = fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined });
const rules: fc.Arbitrary<Rules> = fc.record({
  keepLast: count,
  keepHourly: count,
  keepDaily: count,
  keepWeekly: count,
  keepMonthly: count,
  maxAge: fc.option(fc.integer({ min: 0, max: 400 * DAY }), { nil: undefined }),
  keepMin: fc.integer({ min: 0, max: 5 }),
  timeZone: fc.constantFrom("UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia"),
});
// Some within one hour, some years apart, some equal, some from a clock that is ahead, some without a time.
const moment = fc.oneof(
  fc.integer({ min: NOW - 5 * HOUR, max: NOW + HOUR }),
  fc.integer({ min: NOW - 800 * DAY, max: NOW }),
  fc.constantFrom(NOW - DAY, NOW, Number.NaN),
);
const history: fc.Arbitrary<Candidate[]> = fc.uniqueArray(
  fc.record({
    id: fc.string({ minLength: 1, maxLength: 4 }),
    createdAt: moment,
    ours: fc.boolean(),
    held: fc.boolean(),
  }),
  { selector: ({ id }) => id, maxLength: 40 },
);

const pruned = (list: readonly Candidate[], rule: Rules, now = NOW) =>
  decide(list, rule, now)
    .filter(({ keep }) => !keep)
    .map(({ id }) => id);

/** A series with one snapshot at each age, in milliseconds. */
const ago = (...list: number[]): Candidate[] =>
  list.map((age) => ({ id: String(age), createdAt: NOW - age, ours: true, held: false }));
const kept = (list: Candidate[], rule: Partial<Rules>) =>
  decide(list, { ...base, ...rule }, NOW)
    .filter(({ keep }) => keep)
    .map(({ id }) => Number(id));

describe("retention over random histories", () => {
  const holds = (property: (list: Candidate[], rule: Rules) => void) =>
    fc.assert(fc.property(history, rules, property), { numRuns: 400 });

  it("decides on each snapshot once, and says why", () => {
    holds((list, rule) => {
      const decisions = decide(list, rule, NOW);
      assert.deepEqual(decisions.map(({ id }) => id).sort(), list.map(({ id }) => id).sort());
      for (const { reasons } of decisions) assert.ok(reasons.length > 0);
    });
  });

  it("never prunes what is foreign, held, or without a time", () => {
    holds((list, rule) => {
      const gone = new Set(pruned(list, rule));
      for (const { id, ours, held, createdAt } of list) {
        if (!ours || held || Number.isNaN(createdAt)) assert.ok(!gone.has(id));
      }
    });
  });

  it("never leaves fewer than keepMin of the series, nor prunes its newest while keepMin is not 0", () => {
    holds((list, rule) => {
      const gone = new Set(pruned(list, rule));
      const series = list.filter(({ ours }) => ours);
      const left = series.filter(({ id }) => !gone.has(id));
      assert.ok(left.length >= Math.min(rule.keepMin, series.length));
      const newest = Math.max(...series.map(({ createdAt }) => createdAt));
      if (rule.keepMin > 0 && left.length < series.length) {
        assert.ok(left.some(({ createdAt }) => createdAt === newest || Number.isNaN(newest)));
      }
    });
  });

  it("does not depend on the order they are listed in", () => {
    holds((list, rule) => {
      const expected = decide(list, rule, NOW);
      assert.deepEqual(decide([...list].reverse(), rule, NOW), expected);
      assert.deepEqual(
        decide(
          [...list].sort((a, b) => (a.id < b.id ? -1 : 1)),
          rule,
          NOW,
        ),
        expected,
      );
    });
  });

  it("prunes nothing more on a second run", () => {
    holds((list, rule) => {
      const gone = new Set(pruned(list, rule));
      assert.deepEqual(
        pruned(
          list.filter(({ id }) => !gone.has(id)),
          rule,
        ),
        [],
      );
    });
  });

  it("is not influenced by foreign snapshots", () => {
    holds((list, rule) => {
      assert.deepEqual(
        pruned(
          list.filter(({ ours }) => ours),
          rule,
        ),
        pruned(list, rule),
      );
    });
  });

  it("prunes nothing where no retention rule is set", () => {
    holds((list, { keepMin, timeZone }) => assert.deepEqual(pruned(list, { keepMin, timeZone }), []));
  });

  it("prunes only what is beyond every count and every age", () => {
    holds((list, rule) => {
      const gone = new Set(pruned(list, rule));
      const series = list.filter(({ ours, createdAt }) => ours && !Number.isNaN(createdAt));
      for (const one of series.filter(({ id }) => gone.has(id))) {
        const newer = series.filter(({ createdAt }) => createdAt >= one.createdAt).length;
        assert.ok(newer > (rule.keepLast ?? 0));
        assert.ok(rule.maxAge === undefined || NOW - one.createdAt > rule.maxAge);
      }
    });
  });
});

describe("retention by example", () => {
  it("keepLast counts, and 0 keeps nothing but keepMin", () => {
    assert.deepEqual(kept(ago(1, 2, 3, 4), { keepLast: 2 }), [1, 2]);
    assert.deepEqual(kept(ago(1, 2, 3, 4), { keepLast: 0 }), [1]);
    assert.deepEqual(kept(ago(1, 2, 3, 4), { keepLast: 0, keepMin: 3 }), [1, 2, 3]);
  });

  it("keepDaily keeps the newest of each day: so many of them, and all that are younger than so many days", () => {
    const hours = Array.from({ length: 24 * 5 }, (_, index) => index * HOUR);
    assert.deepEqual(
      kept(ago(...hours), { keepDaily: 3 }).map((age) => age / HOUR),
      [0, 13, 37, 61],
    );
    // A machine that was off for a month has lost nothing: these are old, but there are only two.
    assert.deepEqual(kept(ago(40 * DAY, 41 * DAY, 42 * DAY), { keepDaily: 2 }), [40 * DAY, 41 * DAY]);
  });

  it("maxAge keeps what is younger and prunes what is older", () => {
    assert.deepEqual(kept(ago(DAY, 2 * DAY, 3 * DAY), { maxAge: 2 * DAY }), [DAY, 2 * DAY]);
    assert.deepEqual(kept(ago(DAY, 2 * DAY, 3 * DAY), { maxAge: HOUR, keepLast: 2 }), [DAY, 2 * DAY]);
  });

  it("names the rules in its reasons", () => {
    const [newest, oldest] = decide(ago(1, 40 * DAY), { ...base, keepLast: 1, keepDaily: 1, maxAge: DAY }, NOW);
    assert.deepEqual(newest?.reasons, ["keepLast 1", "keepDaily 1", "younger than maxAge"]);
    assert.deepEqual(oldest?.reasons, ["beyond keepLast 1, keepDaily 1, older than maxAge"]);
  });

  it("begins days, weeks and months where the time zone does", () => {
    const at = Date.parse("2026-11-01T23:30:00Z");
    assert.equal(bucketOf("keepDaily", at, "UTC"), "2026-11-1");
    assert.equal(bucketOf("keepDaily", at, "Europe/Berlin"), "2026-11-2");
    assert.equal(bucketOf("keepWeekly", at, "UTC"), "2026-10-26");
    assert.equal(bucketOf("keepWeekly", at, "Europe/Berlin"), "2026-11-02");
    assert.equal(bucketOf("keepMonthly", Date.parse("2026-10-31T23:30:00Z"), "Europe/Berlin"), "2026-11");
    // When clocks go back, two hours have one name and still count as two.
    const twice = ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"].map(Date.parse);
    assert.equal(new Set(twice.map((one) => bucketOf("keepHourly", one, "Europe/Berlin"))).size, 2);
  });
});
