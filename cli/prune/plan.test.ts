import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { ReportedSnapshot } from "../../provider/resources";
import { reportOn, smallFleet } from "../../testing/cli/fleet";
import { decide, plan } from "./plan";

const PLAIN = { foreign: false, held: false, series: false };

const snapshots: fc.Arbitrary<ReportedSnapshot> = fc.record({
  id: fc.string(),
  name: fc.string(),
  description: fc.string(),
  createdAt: fc.constant("2026-01-01T00:00:00.000Z"),
  parentId: fc.constant(""),
  isCurrent: fc.boolean(),
  depth: fc.nat(40),
  consistency: fc.constant("crash"),
  powerState: fc.constant("off"),
  managed: fc.boolean(),
  hold: fc.boolean(),
  expired: fc.boolean(),
  expiresAt: fc.option(fc.constant("2026-02-01T00:00:00.000Z"), { nil: undefined }),
  ageSeconds: fc.option(fc.nat(10_000_000), { nil: undefined }),
  series: fc.option(fc.constant("nightly"), { nil: undefined }),
  findings: fc.constant([]),
});
const rules = fc.record({
  olderThanSeconds: fc.option(fc.nat(10_000_000), { nil: undefined }),
  foreign: fc.boolean(),
  held: fc.boolean(),
  series: fc.boolean(),
});

describe("what a prune removes", () => {
  it("is never foreign or held unless that was asked for, and always due or old enough", () => {
    fc.assert(
      fc.property(snapshots, rules, (snapshot, rule) => {
        const { prune, reason } = decide(snapshot, rule);
        assert.ok(reason);
        if (!prune) return;
        assert.ok(snapshot.managed || rule.foreign);
        assert.ok(!snapshot.hold || rule.held);
        assert.ok(snapshot.series === undefined || rule.series);
        if (rule.olderThanSeconds === undefined) assert.ok(snapshot.expired && snapshot.expiresAt !== undefined);
        else assert.ok(snapshot.ageSeconds !== undefined && snapshot.ageSeconds > rule.olderThanSeconds);
      }),
    );
  });

  it("is what has expired, when nothing else is said", () => {
    fc.assert(
      fc.property(snapshots, (snapshot) => {
        const { managed, hold, expired, expiresAt, series } = snapshot;
        assert.equal(decide(snapshot, PLAIN).prune, managed && !hold && !series && expired && expiresAt !== undefined);
      }),
    );
  });

  it("comes with a reason for every snapshot, children before their parents", async () => {
    const candidates = plan(await reportOn(smallFleet()), PLAIN, ["*release-42"]);
    const web = candidates.filter(({ vm }) => vm.endsWith("/web-1"));
    assert.deepEqual(
      web.map(({ name, prune, reason }) => [name, prune, reason]),
      [
        ["before-release-43", false, "expires at 2026-06-18T08:30:00.000Z"],
        ["before-release-42", false, "excluded"],
        ["debug try 2", false, "foreign"],
        ["debug try", false, "foreign"],
        ["before-release-41", true, "expired at 2026-06-12T06:00:00.000Z"],
      ],
    );
    assert.deepEqual(
      candidates.filter(({ prune }) => prune).map(({ name }) => name),
      ["before-release-41"],
    );
  });
});
