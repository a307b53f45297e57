import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { type TestContext, testContext } from "../../../testing/memory-driver/context";
import { MemoryDriver } from "../../../testing/memory-driver/memory-driver";
import { UNKNOWN } from "../../schema/unknown";
import type { Values } from "../shared/lifecycle";
import { firstMarker } from "../shared/marker";
import { recoveryPoint, snapshot } from ".";

const NOW = Date.parse("2026-06-01T00:00:00Z");
let platform: MemoryDriver;
let context: TestContext;

beforeEach(() => {
  platform = new MemoryDriver();
  platform.addVm("vm-1", "web");
  context = { ...testContext(platform), now: () => NOW };
});

async function check(news: Values, lifecycle = snapshot, olds?: Values) {
  const { failures, warnings } = await lifecycle.check(olds, { target: "web", ...news }, context);
  return { refusals: failures.map(({ property, reason }) => `${property}: ${reason}`).join("\n"), warnings };
}

function vm(change: Parameters<MemoryDriver["addVm"]>[2]): void {
  platform.addVm("vm-1", "web", change);
}

const notReady = () => vm({ quiesceReady: { ready: false, reason: "VMware Tools is not running" } });

describe("refused at plan time", () => {
  type Case = [what: string, news: Values, prepare: () => void, refusal: RegExp, lifecycle?: typeof snapshot];
  const cases: Case[] = [
    ["an ambiguous name", {}, () => platform.addVm("vm-2", "web"), /^target: .*2 VMs match/],
    [
      "quiesce that the guest is not ready for",
      { quiesce: "require" },
      notReady,
      /^quiesce: .*VMware Tools is not running/,
    ],
    ["the same of a RecoveryPoint", { consistency: "filesystem" }, notReady, /^consistency: /, recoveryPoint],
    ["memory of a VM that is off", { memory: true }, () => vm({ powerState: "off" }), /^memory: .*powered off/],
    [
      "the same of a RecoveryPoint",
      { consistency: "memory" },
      () => vm({ powerState: "off" }),
      /^consistency: .*powered off/,
      recoveryPoint,
    ],
    [
      "a device that blocks snapshots",
      {},
      () => vm({ blockers: [{ code: "x", message: "disk 2 is a physical RDM", blocks: "all" }] }),
      /^target: .*disk 2 is a physical RDM/,
    ],
    [
      "a device that blocks memory",
      { memory: true },
      () => vm({ blockers: [{ code: "x", message: "disk 2 is independent", blocks: "memory" }] }),
      /^memory: .*disk 2 is independent/,
    ],
    [
      "a chain at its limit",
      { limits: { maxChainDepth: 2 } },
      () => platform.addSnapshot("vm-1", { name: "deep", depth: 2 }),
      /^limits.maxChainDepth: .*3-snapshot chain/,
    ],
    [
      "as many as the platform allows",
      {},
      () => {
        platform.snapshots = 1;
        platform.addSnapshot("vm-1", { name: "one" });
      },
      /^target: .*1 of at most 1 snapshots/,
    ],
    ["expiresAt in the past", { expiresAt: "2026-05-31T23:59:59Z" }, () => {}, /^expiresAt: .*in the past/],
    [
      "adoptExisting that fits two",
      { name: "gold", adoptExisting: true },
      () => ["gold", "gold"].map((name) => platform.addSnapshot("vm-1", { name })),
      /^adoptExisting: .*point-1.*and point-2.*both have the name/,
    ],
    [
      "adoptExisting of less consistency",
      { name: "gold", adoptExisting: true, memory: true },
      () => platform.addSnapshot("vm-1", { name: "gold" }),
      /^adoptExisting: .*crash-consistent, which is less/,
    ],
    [
      "adoptExisting of what carries another's marker",
      { name: "gold", adoptExisting: true },
      () => platform.addSnapshot("vm-1", { name: "gold", ownership: { marker: firstMarker("another") } }),
      /^adoptExisting: .*marker of another snapstate resource/,
    ],
    ["adoptId that is none", { adoptId: "point-9" }, () => {}, /^adoptId: .*"point-9"/],
  ];
  for (const [what, news, prepare, refusal, lifecycle] of cases) {
    it(what, async () => {
      prepare();
      assert.match((await check(news, lifecycle)).refusals, refusal);
      assert.equal(platform.calls.includes("createSnapshot"), false);
    });
  }

  for (const kind of ["auth", "permission", "bad-input", "unsupported"] as const) {
    it(`what the platform refuses as ${kind}`, async () => {
      platform.faults.push({ method: "findTarget", kind, when: "before" });
      const property = kind === "auth" || kind === "permission" ? "connection" : "target";
      assert.match((await check({})).refusals, new RegExp(`^${property}: .*as the test wants`));
    });
  }

  it("a server that is not trusted", async () => {
    for (const code of ["EFINGERPRINT", "DEPTH_ZERO_SELF_SIGNED_CERT", "CERT_HAS_EXPIRED"]) {
      platform.faults.push({ method: "findTarget", kind: "unreachable", code, when: "before" });
      assert.match((await check({})).refusals, /^connection: /);
    }
  });

  it("even if another input is not known yet", async () => {
    vm({ powerState: "off" });
    assert.match((await check({ memory: true, name: UNKNOWN, triggers: [UNKNOWN] })).refusals, /^memory: /);
    assert.equal((await check({ memory: UNKNOWN })).refusals, "");
  });
});

describe("texts", () => {
  const strict = { max: 12, character: /[a-z0-9-]/, first: /[a-z]/, rule: "letters, digits and -, a letter first" };

  it("that exceed the platform's own limits are refused", async () => {
    platform.limits = { name: strict, description: { max: 5 } };
    assert.match(
      (await check({ name: "a-name-too-long" })).refusals,
      /^name: has 15 characters, and the platform takes 12/,
    );
    assert.match((await check({ name: "a.b" })).refusals, /^name: has "\.", and the platform takes letters/);
    assert.match((await check({ name: "1a" })).refusals, /^name: .*a letter first/);
    assert.match((await check({ description: "longer" }, recoveryPoint)).refusals, /^description: has 6/);
    assert.equal((await check({ name: "good-1", description: "words" })).refusals, "");
    platform.limits = {};
    assert.equal((await check({ name: "n".repeat(300) })).refusals, "");
  });

  it("are checked when they change, and not otherwise", async () => {
    const olds = { target: "web", name: "Name By Hand" };
    platform.limits = { name: strict };
    assert.equal((await check({ name: "Name By Hand" }, snapshot, olds)).refusals, "");
    assert.match((await check({ name: "Another Name" }, snapshot, olds)).refusals, /^name: /);
  });

  it("that are generated respect the limits", async () => {
    platform.limits = { name: { ...strict, max: 30, character: /[A-Za-z0-9-]/ } };
    platform.rename("vm-1", "1.web.example.com with a long name");
    const { inputs } = await snapshot.check(undefined, { target: "vm-1" }, context);
    const { outputs } = await snapshot.create(inputs, context);
    assert.equal(outputs.name, "s1-web-exampl-20260601T000000Z");
  });
});

describe("not refused", () => {
  it("a VM that does not exist yet", async () => {
    const { refusals, warnings } = await check({ target: "new" });
    assert.equal(refusals, "");
    assert.deepEqual(warnings, ['VM "new" not found; up fails unless this program creates it.']);
  });

  for (const kind of ["unreachable", "throttled", "busy", "timeout", "lost-reply", "protocol"] as const) {
    it(`a platform that is ${kind}`, async () => {
      platform.faults.push({ method: "inspect", kind, when: "before", code: "ECONNREFUSED" });
      const { refusals, warnings } = await check({});
      assert.deepEqual([refusals, warnings.length], ["", 1]);
    });
  }

  it("what blocks it while a task is running, since the create waits for that", async () => {
    const runningTasks = [{ id: "task-1", operation: "remove" }];
    vm({ runningTasks, blockers: [{ code: "x", message: "the VM is not settled", blocks: "all" }] });
    const { refusals, warnings } = await check({});
    assert.deepEqual([refusals, warnings.length], ["", 1]);
  });

  it("what only the platform can decide", async () => {
    vm({ blockers: [{ code: "x", message: "perhaps", blocks: "all", uncertain: true }] });
    const { refusals, warnings } = await check({});
    assert.deepEqual([refusals, warnings.length], ["", 1]);
  });

  it("what another resource of the program may remove", async () => {
    vm({ blockers: [{ code: "x", message: "the option is missing", blocks: "all", removable: true }] });
    const { refusals, warnings } = await check({});
    assert.equal(refusals, "");
    assert.match(warnings.join(), /the option is missing. Unless this program does so, up fails/);
  });

  it("a time of expiry that has passed since it was stated", async () => {
    const stated = { expiresAt: "2026-05-31T00:00:00Z" };
    assert.equal((await check(stated, snapshot, { target: "web", ...stated })).refusals, "");
    const earlier = { ...stated, expiresAt: "2026-05-30T00:00:00Z" };
    assert.match((await check(earlier, snapshot, { target: "web", ...stated })).refusals, /^expiresAt: /);
  });

  it("a snapshot that an interrupted run took", async () => {
    const { inputs } = await snapshot.check(undefined, { target: "web", memory: true }, context);
    await snapshot.create(inputs, context);
    platform.snapshots = 1;
    assert.equal((await check({ memory: true })).refusals, "");
  });

  it("adoption of a snapshot where no other could be taken", async () => {
    platform.addSnapshot("vm-1", { name: "gold", depth: 31 });
    assert.equal((await check({ name: "gold", adoptExisting: true })).refusals, "");
  });

  it("a replacement of a snapshot that was adopted by its name", async () => {
    platform.addSnapshot("vm-1", { name: "gold" });
    const news = { target: "web", name: "gold", adoptExisting: true };
    const first = await snapshot.check(undefined, news, context);
    const { id, outputs } = await snapshot.create(first.inputs, context);
    const changed = { ...news, triggers: ["2"] };
    await snapshot.diff(id, outputs, (await snapshot.check(first.inputs, changed, context)).inputs, context);
    const replacing = { ...context, replaces: { marker: String(outputs.marker), state: outputs } };
    const { inputs, failures } = await snapshot.check(undefined, changed, replacing);
    assert.deepEqual(failures, []);
    const next = await snapshot.create(inputs, context);
    assert.notEqual(next.outputs.platformId, outputs.platformId);
  });
});
