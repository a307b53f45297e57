import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { cloudmc } from "../platforms/cloudmc";
import { cloudstack } from "../platforms/cloudstack";
import type { RunningPlatform, Target } from "../platforms/harness";
import { text as words } from "./outcome";
import { type Adapter, type CliStack, type ConnectionSettings, type Declared, newStack, type Outcome } from "./stack";

/** Manual changes of a simulated cloud that the crash matrix's platform does not offer. */
interface Cloud {
  platform: RunningPlatform;
  /** Deletes it as in the control panel. */
  removeByHand(id: string): void;
  /** Deletes it with all its snapshots. On CloudStack they outlive their volume; its driver's tests cover that. */
  removeTarget?(target: Target): void;
  /** The next create is accepted, and its reply lost. */
  loseAnswer(): void;
}

const clouds: [string, () => Promise<Cloud>, Adapter][] = (["snapshot", "recovery-point"] as const).flatMap((kind) => [
  [
    `CloudStack, ${kind}s`,
    async () => {
      const platform = await cloudstack(kind);
      const { state } = platform.simulator;
      return {
        platform,
        removeByHand: (id) => (kind === "snapshot" ? state.snapshots : state.vmSnapshots).purge(id),
        loseAnswer: () =>
          platform.simulator.inject({
            kind: "reset-after",
            match: ({ body }) => /command=create(VM)?Snapshot&/.test(body),
          }),
      };
    },
    "dynamic",
  ],
  [
    `CloudMC, ${kind}s`,
    async () => {
      const platform = await cloudmc(kind);
      const { state } = platform.simulator;
      return {
        platform,
        removeByHand: (id) => void (kind === "snapshot" ? state.snapshots : state.recoveryPoints).delete(id),
        removeTarget: ({ id }) => void (kind === "snapshot" ? state.volumes : state.instances).delete(id),
        loseAnswer: () => platform.simulator.inject({ kind: "reset-after", match: ({ method }) => method === "POST" }),
      };
    },
    "plugin",
  ],
]);

async function succeed(run: Promise<Outcome>): Promise<Outcome> {
  const outcome = await run;
  assert.ok(outcome.ok, words(outcome));
  return outcome;
}

for (const [title, open, adapter] of clouds) {
  describe(`${title}, whole stacks`, () => {
    let cloud: Cloud;
    let stack: CliStack;
    let target: Target;

    before(async () => {
      cloud = await open();
    });
    beforeEach(async () => {
      target = await cloud.platform.newTarget();
      stack = newStack(cloud.platform.connection as ConnectionSettings, { adapter, attached: true });
    });
    afterEach(() => stack.remove());
    after(() => cloud.platform.close());

    const declared = (args: Record<string, unknown> = {}, of = target, name = "one"): Declared => {
      const snapshot = cloud.platform.kind === "recovery-point";
      const common = { target: { id: of.id }, name: "before", ...(snapshot ? { consistency: "crash" } : {}) };
      return { kind: snapshot ? "RecoveryPoint" : "Snapshot", name, args: { ...common, ...args } };
    };
    const ids = async (of = target) => (await cloud.platform.snapshots(of)).map(({ id }) => id);

    it("one is previewed, taken, kept, replaced, held, and destroyed, and somebody else's is left alone", async () => {
      const foreign = await cloud.platform.takeForeign?.(target);
      assert.ok(foreign);
      stack.declare(declared());
      await succeed(stack.preview());
      assert.deepEqual(await ids(), [foreign]);
      await succeed(stack.up());
      const [first] = (await ids()).filter((id) => id !== foreign);
      assert.equal((await stack.state()).one?.outputs.platformId, first);
      await succeed(stack.refresh());
      assert.deepEqual((await succeed(stack.up())).summary, { same: 1 });

      stack.declare(declared({ triggers: ["2"] }));
      await succeed(stack.up());
      const [second, ...more] = (await ids()).filter((id) => id !== foreign);
      assert.ok(second !== undefined && second !== first && more.length === 0);

      stack.declare(declared({ triggers: ["2"], hold: true }));
      await succeed(stack.up());
      const held = await stack.destroy();
      assert.equal(held.ok, false);
      assert.match(words(held), /on hold/);
      stack.declare(declared({ triggers: ["2"] }));
      await succeed(stack.up());
      await succeed(stack.destroy());
      assert.deepEqual(await ids(), [foreign]);
    });

    it("one that was removed by hand is found missing and taken again; a target that is gone takes its own along", async () => {
      stack.declare(declared());
      await succeed(stack.up());
      cloud.removeByHand((await ids())[0] as string);
      await succeed(stack.refresh());
      assert.deepEqual((await succeed(stack.up())).summary, { create: 1 });
      assert.equal((await ids()).length, 1);
      if (cloud.removeTarget === undefined) return;
      cloud.removeTarget(target);
      await succeed(stack.refresh());
      assert.ok(!("one" in (await stack.state())));
    });

    it("an answer that was lost after the create was accepted: one, known to the state", async () => {
      cloud.loseAnswer();
      stack.declare(declared());
      await succeed(stack.up());
      assert.deepEqual(await ids(), [(await stack.state()).one?.outputs.platformId]);
    });

    it("12 at parallelism 10, one of them on a target that does not exist: the others are taken", async () => {
      const targets = await Promise.all(Array.from({ length: 11 }, () => cloud.platform.newTarget()));
      const missing = { id: "00000000-0000-4000-8000-000000000000", name: "nowhere" };
      stack.declare(...[...targets, missing].map((one, index) => declared({}, one, `of-${index}`)));
      const outcome = await stack.up({ continueOnError: true });
      assert.equal(outcome.ok, false);
      assert.match(words(outcome), /nowhere|00000000-0000-4000-8000-000000000000/);
      for (const one of targets) assert.equal((await ids(one)).length, 1);
    });

    it("what the platform cannot do is refused before anything is touched", async () => {
      stack.declare(declared({ consolidate: false }));
      const outcome = await stack.up();
      assert.equal(outcome.ok, false);
      assert.match(words(outcome), /consolidate/);
      assert.deepEqual(await ids(), []);
    });
  });
}
