import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { type TestContext, testContext } from "../../../testing/memory-driver/context";
import { MemoryDriver } from "../../../testing/memory-driver/memory-driver";
import { SnapstateError } from "../../core/errors";
import { firstMarker } from "../shared/marker";
import { checkTarget } from "./check-target";
import { getSnapshotReport, type ReportArgs } from "./get-report";
import { bytes } from "./report-findings";

const NOW = Date.parse("2026-06-15T12:00:00.000Z");
const HOUR = 3_600_000;
const marker = firstMarker("owner");
let platform: MemoryDriver;
let context: TestContext;

beforeEach(() => {
  platform = new MemoryDriver();
  context = testContext(platform);
  context.now = () => NOW;
});

const ago = (hours: number) => new Date(NOW - hours * HOUR).toISOString();
const report = (args: Partial<ReportArgs> = {}) => getSnapshotReport({ connection: "default", ...args }, context);
/** The findings about each snapshot, by its name. */
async function findings(args: Partial<ReportArgs> = {}): Promise<Record<string, string[]>> {
  const { targets } = await report(args);
  const all = targets.flatMap((target) => target.snapshots);
  return Object.fromEntries(
    all.map((one) => [one.name, one.findings.map(({ code, severity }) => `${code} ${severity}`)]),
  );
}

describe("a report", () => {
  it("covers every VM of the connection, in natural order", async () => {
    for (const name of ["web-10", "web-2", "db"]) platform.addVm(name, name);
    platform.addSnapshot("db", { name: "one", createdAt: ago(2) });
    const { targets, failures, generatedAt } = await report();
    assert.deepEqual(
      targets.map(({ targetName, snapshots }) => [targetName, snapshots.length]),
      [
        ["db", 1],
        ["web-2", 0],
        ["web-10", 0],
      ],
    );
    assert.deepEqual([failures, generatedAt], [[], "2026-06-15T12:00:00.000Z"]);
    assert.equal(targets[0]?.snapshots[0]?.ageSeconds, 7200);
  });

  it("covers the named VMs, each once, and lists those that could not be read", async () => {
    platform.addVm("vm-1", "web");
    platform.addVm("vm-2", "db");
    const { targets, failures } = await report({ targets: ["web", "vm-1", "nothing"] });
    assert.deepEqual(
      targets.map(({ targetId }) => targetId),
      ["vm-1"],
    );
    assert.deepEqual(
      failures.map(({ target, kind }) => [target, kind]),
      [["nothing", "not-found"]],
    );
  });

  it("continues when one VM cannot be read", async () => {
    for (const name of ["a", "b", "c"]) platform.addVm(name, name);
    platform.faults.push({ method: "inspect", kind: "permission", when: "before" });
    const { targets, failures } = await report();
    assert.equal(targets.length, 2);
    assert.deepEqual(
      failures.map(({ kind }) => kind),
      ["permission"],
    );
  });

  it("says why there is no list of VMs, or no connection", async () => {
    Object.defineProperty(platform, "listTargets", { value: undefined });
    assert.match((await report()).failures[0]?.message ?? "", /memory cannot list its VMs.*Set the VMs/);
    context.driver = () => {
      throw new SnapstateError({ kind: "bad-input", operation: "open connection", detail: "no such" });
    };
    assert.deepEqual(
      (await report()).failures.map(({ kind, target }) => [kind, target]),
      [["bad-input", undefined]],
    );
  });

  it("reports what is old, expired, deep, large or foreign, and skips what is on hold", async () => {
    platform.addVm("vm-1", "web", { consolidationNeeded: true });
    const add = (name: string, hours: number, more = {}) =>
      platform.addSnapshot("vm-1", { name, createdAt: ago(hours), depth: 1, ...more });
    add("fresh", 71);
    add("old", 73);
    add("ancient", 15 * 24);
    add("expired", 2, { ownership: { marker, ttlSeconds: 3600 } });
    add("due now", 1, { ownership: { marker, ttlSeconds: 3600 } });
    add("not yet", 1, { ownership: { marker, ttlSeconds: 3601 } });
    add("held", 99, { ownership: { marker, ttlSeconds: 3600, hold: true } });
    add("large", 1, { sizeBytes: 2 ** 30 });
    const usual = await findings();
    assert.deepEqual(usual, {
      fresh: [],
      old: ["old warning"],
      ancient: ["old critical"],
      expired: ["expired warning"],
      "due now": ["expired warning"],
      "not yet": [],
      held: [],
      large: [],
    });
    assert.deepEqual((await report()).targets[0]?.findings, [
      { code: "consolidation-needed", severity: "warning", message: "it needs a disk consolidation" },
    ]);
    const strict = await findings({ limits: { foreign: "critical", warnSizeBytes: 1000, warnAgeSeconds: null } });
    assert.deepEqual(strict.large, ["large warning", "foreign critical"]);
    assert.deepEqual([strict.old, strict.held], [["foreign critical"], []]);
  });

  for (const [depth, found] of [
    [3, []],
    [4, ["deep warning"]],
    [31, ["deep warning"]],
    [32, ["deep critical"]],
  ] as [number, string[]][]) {
    it(`judges a chain of ${depth} snapshots once, by where the running state is`, async () => {
      platform.addVm("vm-1", "web");
      for (let level = 1; level <= depth; level++) platform.addSnapshot("vm-1", { name: "one" });
      const [target] = (await report()).targets;
      assert.equal(target?.chainDepth, depth);
      assert.deepEqual(
        target?.findings.map(({ code, severity }) => `${code} ${severity}`),
        found,
      );
      assert.deepEqual((await findings()).one, []);
    });
  }

  it("finds what cannot be used, and what a snapshot does not cover", async () => {
    platform.addVm("web", "web");
    platform.addSnapshot("web", { name: "spoilt", createdAt: ago(1), failed: "Error" });
    platform.addSnapshot("web", {
      name: "partial",
      createdAt: ago(1),
      caveats: ["it is not on disk data, attached later"],
    });
    assert.deepEqual(await findings({ limits: { foreign: "none" } }), {
      spoilt: ["unusable critical"],
      partial: ["caveat warning"],
    });
    const check = await checkTarget({ connection: "default", target: "web" }, context);
    const said = JSON.stringify(check.findings);
    assert.match(said, /spoilt.*it cannot be used: Error/);
    assert.match(said, /partial.*not on disk data/);
  });

  it("reports no age when the platform reports no time", async () => {
    platform.addVm("vm-1", "web");
    platform.addSnapshot("vm-1", { name: "one", createdAt: "" });
    const [one] = (await report()).targets[0]?.snapshots ?? [];
    assert.deepEqual([one?.ageSeconds, one?.findings], [undefined, []]);
  });

  it("formats bytes for people", () => {
    assert.deepEqual([0, 1023, 1024, 1536, 123_456_789, 2 ** 40].map(bytes), [
      "0 B",
      "1023 B",
      "1 KiB",
      "1.5 KiB",
      "118 MiB",
      "1 TiB",
    ]);
  });
});
