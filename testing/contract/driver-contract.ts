import assert from "node:assert/strict";
import { after, afterEach, before, describe, it, type TestContext } from "node:test";
import { inspect } from "node:util";
import { type ErrorKind, isSnapstateError, type SnapstateError } from "../../provider/core/errors";
import type {
  CreatedSnapshot,
  CreateSpec,
  Driver,
  Feature,
  Snapshot,
  SnapshotEdit,
  SnapshotKind,
  SnapshotRef,
} from "../../provider/platforms/contract";
import { removeAllSnapshots } from "../../provider/platforms/remove-all";
import { textProblem } from "../../provider/platforms/text-limits";
import { driverOf, type RunningPlatform, type Target } from "../platforms";
import { until } from "../platforms/harness";
import { HeldClock } from "../support/held-clock";
import { type TestCall, testCall } from "./call";

/** What the suite needs of a platform. */
export type ContractPlatform = Pick<
  RunningPlatform,
  | "kind"
  | "traits"
  | "newTarget"
  | "twin"
  | "removeTarget"
  | "beforeRevert"
  | "snapshots"
  | "taskTime"
  | "loseNextReply"
  | "close"
>;

const OWNERSHIP = { marker: "a".repeat(26) };
/** All that a platform with a description must keep. */
const DESCRIBED = {
  description: "words",
  ownership: {
    marker: "b".repeat(26),
    expiresAt: "2030-01-02T03:04:05.000Z",
    ttlSeconds: 60,
    hold: true,
    series: "s:a",
  },
  restoreNote: { mark: "c".repeat(26), phase: "begun" as const, from: "a b", tasks: ["t/1", "t,2"] },
};
const NAMES = ["007", "1e5", " x ", "50%", "100%25", "%2f", "a/b\\c", "😀 é", "<&>\"'", "a".repeat(80)];
/** For platforms that take none of those. */
const PLAIN_NAMES = ["Upper-lower_9", "b2"];

/** Waits for a failure and hands it over. */
export async function failure(work: Promise<unknown>, ...kinds: ErrorKind[]): Promise<SnapstateError> {
  const error = await work.then(
    (value) => assert.fail(`it did not fail but answered ${inspect(value)}`),
    (thrown: unknown) => thrown,
  );
  assert.ok(isSnapstateError(error), inspect(error));
  assert.ok(kinds.includes(error.kind), error.message);
  return error;
}

/**
 * What every driver keeps to, whatever its platform (`Hypervisor`, rules 1 to 5).
 *
 * @param setup starts the platform, or answers why it cannot be had here
 * @param leaveOut titles of rules that this driver cannot be held to
 */
export function describeDriverContract(
  name: string,
  setup: () => Promise<RunningPlatform | (ContractPlatform & { driver: Driver }) | string>,
  leaveOut: readonly string[] = [],
): void {
  describe(`${name} as a hypervisor`, () => {
    let platform: ContractPlatform & { driver: Driver };
    let missing: string | undefined;
    let KIND: SnapshotKind;

    before(async () => {
      const started = await setup();
      if (typeof started === "string") missing = started;
      else {
        platform = "driver" in started ? started : { ...started, driver: driverOf(started) };
        KIND = platform.kind;
      }
    });
    afterEach(() => missing ?? platform.taskTime(0));
    after(async () => {
      await platform?.driver.close();
      await platform?.close();
    });

    const rule = (title: string, run: (target: Target) => Promise<void>) =>
      leaveOut.includes(title) ||
      it(title, async (t: TestContext) => {
        if (missing !== undefined) return t.skip(missing);
        await run(await platform.newTarget());
      });
    const spec = (change: Partial<CreateSpec> = {}): CreateSpec => ({
      name: "one",
      description: "",
      memory: false,
      ...change,
    });
    const create = (target: Target, change: Partial<CreateSpec> = {}, call: TestCall = testCall()) =>
      platform.driver.createSnapshot(KIND, target.id, spec(change), call);
    /** The platform keeps one snapshot, so another is refused until that one is gone. */
    const single = () => platform.driver.maxSnapshots?.(KIND) === 1;
    const can = (feature: Feature) => platform.driver.supports(KIND, feature).supported;
    const count = async (target: Target) => (await platform.snapshots(target)).length;
    /** Texts that the platform keeps. */
    const description = (text: string) => (can("description") ? text : "");
    const revert = (ref: SnapshotRef) =>
      platform.driver.revertToSnapshot(KIND, ref, { suppressPowerOn: false }, testCall());
    const observation = (target: Target) => platform.driver.inspect(KIND, target.id, testCall());
    const snapshots = async (target: Target) => (await observation(target)).snapshots;
    /** Once more after it was seen: by then whoever began the task has its id. */
    const untilRunning = async (target: Target) => {
      await until(async () => (await observation(target)).runningTasks.length > 0);
      await observation(target);
    };
    const remove = (ref: SnapshotRef, removeChildren = false, consolidate = true) =>
      platform.driver.removeSnapshot(KIND, ref, { removeChildren, consolidate }, testCall());
    const shape = (list: Snapshot[]) => list.map((snapshot) => [snapshot.name, snapshot.depth, snapshot.isCurrent]);

    async function chain(target: Target, ...names: string[]): Promise<SnapshotRef[]> {
      const refs: SnapshotRef[] = [];
      for (const name of names)
        refs.push({ targetId: target.id, snapshotId: (await create(target, { name })).snapshotId });
      return refs;
    }

    // First of all: a driver may remember for some seconds which targets there are.
    rule("names every match of an ambiguous name", async (target) => {
      await platform.twin(target);
      await failure(platform.driver.findTarget(KIND, { by: "name", value: target.name }, testCall()), "ambiguous");
    });

    rule("takes a name as long as it says, and as wide", async (target) => {
      const { name: limit } = platform.driver.textLimits?.(KIND) ?? {};
      if (limit?.max === undefined) return;
      const name = "n".repeat(limit.max);
      // A marker takes its room in any case.
      const snapshotId = (await create(target, { name, ownership: OWNERSHIP })).snapshotId;
      assert.equal((await snapshots(target)).find(({ id }) => id === snapshotId)?.name, name);
    });

    rule("says which installation it reaches, always the same", async () => {
      const id = await platform.driver.installation(testCall());
      assert.ok(id);
      assert.equal(await platform.driver.installation(testCall()), id);
    });

    rule("finds a target by id and by name", async (target) => {
      for (const by of ["any", "id"] as const) {
        assert.equal((await platform.driver.findTarget(KIND, { by, value: target.id }, testCall())).id, target.id);
      }
      const byName = await platform.driver.findTarget(KIND, { by: "name", value: target.name }, testCall());
      assert.deepEqual([byName.id, byName.name], [target.id, target.name]);
    });

    rule("lists every target with its id and name, where it can list them", async (target) => {
      const listed = await platform.driver.listTargets?.(KIND, testCall());
      if (listed === undefined) return;
      const ids = listed.map(({ id }) => id);
      assert.equal(new Set(ids).size, ids.length);
      assert.equal(listed.find(({ id }) => id === target.id)?.name, target.name);
      await platform.removeTarget(target);
      const later = await platform.driver.listTargets?.(KIND, testCall());
      assert.ok(!later?.some(({ id }) => id === target.id));
    });

    rule("says that a target does not exist", async (target) => {
      await failure(platform.driver.findTarget(KIND, { by: "name", value: "no such" }, testCall()), "not-found");
      await platform.removeTarget(target);
      await failure(observation(target), "not-found");
      await failure(create(target), "not-found");
    });

    rule("reads a target without points", async (target) => {
      const state = await observation(target);
      assert.deepEqual(state.snapshots, []);
      assert.deepEqual(state.runningTasks, []);
      assert.equal(state.resizeBlocked, false);
      assert.equal(state.target.id, target.id);
    });

    rule("creates a snapshot and reads it back", async (target) => {
      const { snapshotId: pointId } = await create(target, {
        name: "one",
        description: description("two\nlines"),
        ownership: OWNERSHIP,
      });
      const [snapshot, ...others] = await snapshots(target);
      assert.equal(others.length, 0);
      assert.deepEqual(
        [snapshot?.id, snapshot?.name, snapshot?.isCurrent, snapshot?.depth, snapshot?.parentId],
        [pointId, "one", can("tree"), 1, undefined],
      );
      assert.deepEqual(
        [snapshot?.description, snapshot?.ownership, snapshot?.restoreNote],
        [description("two\nlines"), OWNERSHIP, undefined],
      );
      assert.ok(Math.abs(Date.parse(snapshot?.createdAt ?? "") - Date.now()) < 60_000);
      assert.match(snapshot?.createdAt ?? "", /^\d{4}-\d\d-\d\dT.*Z$/);
    });

    rule("gives names and descriptions back as they went in", async (target) => {
      const { name: limit = {} } = platform.driver.textLimits?.(KIND) ?? {};
      const fitting = NAMES.filter((name) => textProblem(limit, name) === undefined);
      const taken = fitting.length > 0 ? fitting : PLAIN_NAMES;
      const names = taken.filter((name) => !platform.traits?.decodesNames || !/%(25|2f|5c)/i.test(name));
      if (single()) {
        for (const name of names) {
          const own = await platform.newTarget();
          const { snapshotId: pointId } = await create(own, { name, description: description(name) });
          const texts = async () => (await snapshots(own)).map((snapshot) => [snapshot.name, snapshot.description]);
          assert.deepEqual(await texts(), [[name, description(name)]]);
          await platform.driver.editSnapshot(
            KIND,
            { targetId: own.id, snapshotId: pointId },
            { name: "other" },
            testCall(),
          );
          await platform.driver.editSnapshot(KIND, { targetId: own.id, snapshotId: pointId }, { name }, testCall());
          assert.deepEqual(await texts(), [[name, description(name)]]);
        }
        return;
      }
      for (const name of names) await create(target, { name, description: description(name) });
      const found = await snapshots(target);
      assert.deepEqual(
        found.map((snapshot) => [snapshot.name, snapshot.description]),
        names.map((name) => [name, description(name)]),
      );
      if (!can("rename")) return;
      for (const [index, snapshot] of found.entries()) {
        const name = names.at(-1 - index);
        await platform.driver.editSnapshot(
          KIND,
          { targetId: target.id, snapshotId: snapshot.id },
          { name },
          testCall(),
        );
      }
      assert.deepEqual(
        (await snapshots(target)).map((snapshot) => snapshot.name),
        [...names].reverse(),
      );
    });

    rule("changes a name or a description, and leaves the other", async (target) => {
      const [ref] = (await chain(target, "one")) as [SnapshotRef];
      for (const [feature, edit] of [
        ["rename", { name: "new" }],
        ["describe", { text: { description: "words" } }],
      ] as const) {
        if (can(feature)) continue;
        await failure(platform.driver.editSnapshot(KIND, ref, edit, testCall()), "unsupported");
      }
      const edit = (texts: SnapshotEdit) => platform.driver.editSnapshot(KIND, ref, texts, testCall());
      const texts = async () =>
        (await snapshots(target)).map(({ name, description, ownership, restoreNote }) => [
          ...[name, description, ownership, restoreNote],
        ]);
      const name = can("rename") ? "new" : "one";
      const described = can("describe") ? DESCRIBED : undefined;
      if (described) await edit({ text: described });
      if (can("rename")) await edit({ name: "new" });
      assert.deepEqual(await texts(), [
        [name, described?.description ?? "", described?.ownership, described?.restoreNote],
      ]);
      if (described) await edit({ text: { description: "" } });
      assert.deepEqual(await texts(), [[name, "", undefined, undefined]]);
    });

    rule("removes one snapshot, or one with all below it, or all", async (target) => {
      if (single()) {
        const [only] = (await chain(target, "aa")) as [SnapshotRef];
        await failure(create(target, { name: "bb" }), "conflict");
        await failure(remove(only, true), "unsupported");
        await remove(only);
        assert.equal(await count(target), 0);
        await create(target, { name: "cc" });
        await removeAllSnapshots(platform.driver, KIND, target.id, testCall());
        assert.deepEqual([await count(target), await snapshots(target)], [0, []]);
        return;
      }
      const [, b] = (await chain(target, "aa", "bb", "cc", "dd")) as [SnapshotRef, SnapshotRef];
      await remove(b);
      assert.deepEqual(
        (await snapshots(target)).map((snapshot) => snapshot.name),
        ["aa", "cc", "dd"],
      );
      const c = (await snapshots(target))[1] as Snapshot;
      if (can("tree")) assert.equal(c.parentId, (await snapshots(target))[0]?.id);
      const below = { targetId: target.id, snapshotId: c.id };
      if (can("remove-children")) {
        await remove(below, true);
        assert.deepEqual(
          (await snapshots(target)).map((snapshot) => snapshot.name),
          ["aa"],
        );
        await create(target, { name: "ee" });
      } else await failure(remove(below, true), "unsupported");
      await removeAllSnapshots(platform.driver, KIND, target.id, testCall());
      assert.equal(await count(target), 0);
      assert.deepEqual(await snapshots(target), []);
    });

    rule("says that a snapshot does not exist", async (target) => {
      const [ref] = (await chain(target, "one")) as [SnapshotRef];
      await remove(ref);
      await failure(remove(ref), "not-found");
      const edit = can("rename") ? { name: "x" } : can("describe") ? { text: { description: "x" } } : undefined;
      if (edit) await failure(platform.driver.editSnapshot(KIND, ref, edit, testCall()), "not-found");
      if (can("revert")) await failure(revert(ref), "not-found");
    });

    rule("reverts", async (target) => {
      if (single()) {
        const [only] = (await chain(target, "aa")) as [SnapshotRef];
        const [snapshot] = await snapshots(target);
        const forecast = platform.driver.forecastRevert?.(KIND, await observation(target), snapshot as Snapshot, {
          suppressPowerOn: false,
        });
        await revert(only);
        assert.deepEqual(shape(await snapshots(target)), forecast?.consumesSnapshot ? [] : [["aa", 1, can("tree")]]);
        return;
      }
      const [a] = (await chain(target, "aa", "bb")) as [SnapshotRef];
      if (!can("revert")) return void (await failure(revert(a), "unsupported"));
      await platform.beforeRevert?.(target);
      await revert(a);
      assert.deepEqual(shape(await snapshots(target)), [
        ["aa", 1, can("tree")],
        ["bb", can("tree") ? 2 : 1, false],
      ]);
    });

    rule("keeps disks when told to, and consolidates them", async (target) => {
      const { consolidation } = platform.driver;
      assert.equal(consolidation !== undefined, can("consolidate"));
      if (consolidation === undefined) return;
      if (!can("keep-disks")) return;
      const [a] = (await chain(target, "aa")) as [SnapshotRef];
      await remove(a, false, false);
      assert.equal((await observation(target)).consolidationNeeded, true);
      assert.ok((await consolidation.merge(target.id, testCall())).taskId);
      assert.equal((await observation(target)).consolidationNeeded, false);
    });

    rule("calls a lost reply one, and never sends the call again", async (target) => {
      await platform.loseNextReply();
      if (platform.traits?.recoversLostReplies) await create(target);
      else await failure(create(target), "lost-reply");
      await platform.driver.settle(KIND, target.id, testCall());
      assert.equal(await count(target), 1);
    });

    rule("stops waiting when cancelled, with the task's id, and settles later", async (target) => {
      await platform.taskTime(1000);
      const call = testCall();
      const cancelled = failure(create(target, {}, call), "cancelled");
      await untilRunning(target);
      call.abort.abort();
      const error = await cancelled;
      assert.ok(error.taskId);
      const [running] = (await observation(target)).runningTasks;
      assert.ok(running);
      if (!platform.traits?.hidesTaskIds) assert.equal(running.id, error.taskId);
      await platform.driver.settle(KIND, target.id, testCall());
      assert.equal((await snapshots(target)).length, 1);
    });

    rule("stops waiting at the deadline, with the task's id", async (target) => {
      await platform.taskTime(1000);
      const clock = new HeldClock();
      // Longer than a request takes on a busy machine: its timer runs in real time.
      const late = failure(create(target, {}, testCall({ milliseconds: 300, clock })), "timeout");
      await untilRunning(target);
      clock.pass(300);
      assert.ok((await late).taskId);
      const settling = platform.driver.settle(KIND, target.id, testCall({ milliseconds: 100 }));
      await failure(settling, "timeout");
      await platform.driver.settle(KIND, target.id, testCall());
      assert.equal(await count(target), 1);
    });

    rule("sends nothing when the call is over before it begins", async (target) => {
      const call = testCall();
      call.abort.abort();
      await failure(create(target, {}, call), "cancelled");
      await failure(create(target, {}, testCall({ milliseconds: 0 })), "timeout");
      assert.equal(await count(target), 0);
    });

    rule("takes two at once on one target, and lets several wait for one task", async (target) => {
      await platform.taskTime(300);
      if (single()) {
        const begun = create(target, { name: "aa" });
        await untilRunning(target);
        await failure(create(target, { name: "bb" }), "busy");
        await Promise.all([1, 2, 3].map(() => platform.driver.settle(KIND, target.id, testCall())));
        const { snapshotId: pointId } = await begun;
        assert.deepEqual(
          (await snapshots(target)).map((snapshot) => snapshot.id),
          [pointId],
        );
        return;
      }
      // A platform that takes one at a time says "busy", which is a promise that nothing was done.
      const patient = async (name: string): Promise<CreatedSnapshot> => {
        for (;;) {
          try {
            return await create(target, { name });
          } catch (error) {
            if (!isSnapstateError(error, "busy")) throw error;
            await platform.driver.settle(KIND, target.id, testCall());
          }
        }
      };
      const both = Promise.all([patient("aa"), patient("bb")]);
      // By its reply the first has begun; on some platforms it has ended by then.
      await observation(target);
      const settled = [1, 2, 3].map(() => platform.driver.settle(KIND, target.id, testCall()));
      const ids = (await both).map((made) => made.snapshotId);
      await Promise.all(settled);
      assert.deepEqual((await snapshots(target)).map((snapshot) => snapshot.id).sort(), ids.sort());
    });
  });
}
