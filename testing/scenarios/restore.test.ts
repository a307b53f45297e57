import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { GoMissingError } from "../vcsim/go-missing-error";
import { startVcsim, type Vcsim, type VcsimSnapshot, type VcsimVm } from "../vcsim/launcher";
import { childrenOf, engineProcess, kill } from "./engine-process";
import { type Declared, newStack, type ScenarioStack, scenarioEngine } from "./stack";

let vcsim: Vcsim;
let missing: string | undefined;
let vms: VcsimVm[] = [];
let used = 0;

before(async () => {
  try {
    vcsim = await startVcsim({ vms: 12 });
    vms = await vcsim.control.vms();
  } catch (error) {
    if (!(error instanceof GoMissingError)) throw error;
    missing = error.message;
  }
});
after(() => vcsim?.stop());

type Stack = ReturnType<typeof newStack>;

function scenario(name: string, work: (stack: Stack, vm: VcsimVm) => Promise<void>, only?: "embedded"): void {
  it(name, async (t) => {
    if (missing) return t.skip(missing);
    if (only && scenarioEngine() !== only) return t.skip("kills the embedded engine's own process");
    const stack = newStack(vcsim);
    try {
      await vcsim.control.journal({ reset: true });
      await work(stack, vms[used++] as VcsimVm);
    } finally {
      await vcsim.control.rules();
      await vcsim.control.delay({ callMs: 0, taskMs: 0 });
      stack.remove();
    }
  });
}

async function now(vm: VcsimVm): Promise<{ current: string | null; names: string[]; power: string }> {
  const found = (await vcsim.control.vms()).find(({ moref }) => moref === vm.moref);
  assert.ok(found);
  const flat = (list: VcsimSnapshot[]): string[] => list.flatMap(({ name, children }) => [name, ...flat(children)]);
  return { current: found.current, names: flat(found.snapshots), power: found.power };
}

const reverts = async () =>
  (await vcsim.control.journal()).filter(({ method }) => method === "RevertToSnapshot_Task").length;
const safeties = (names: string[]) => names.filter((name) => name.startsWith("before-restore-")).length;

const restore = (vm: VcsimVm, args: Record<string, unknown>): Declared => ({
  kind: "Restore",
  name: "back",
  args: { target: vm.path, snapshot: "good", ...args },
});

async function succeed(run: ReturnType<ScenarioStack["up"]>) {
  const outcome = await run;
  assert.ok(outcome.ok, `${outcome.error}\n${outcome.messages.join("\n")}`);
  return outcome;
}

describe("Restore", () => {
  scenario("armed, previewed in words, reverted once, refreshed, changed and destroyed", async (stack, vm) => {
    const good = await vcsim.control.createSnapshot(vm.moref, { name: "good", memory: true });
    await vcsim.control.createSnapshot(vm.moref, { name: "bad" });
    stack.declare(restore(vm, { triggers: [] }));
    await succeed(stack.up());
    assert.equal(await reverts(), 0);

    stack.declare(restore(vm, { triggers: ["ticket 1"] }));
    const preview = await succeed(stack.preview());
    assert.match(preview.messages.join("\n"), /reverted to snapshot "good"[\s\S]*current state will be lost/);
    assert.equal(await reverts(), 0);
    assert.deepEqual((await succeed(stack.up())).summary, { update: 1 });
    const after = await now(vm);
    assert.deepEqual([after.current, await reverts(), safeties(after.names)], [good, 1, 1]);
    const { outputs } = (await stack.state()).back ?? {};
    assert.deepEqual(
      [outputs?.restored, outputs?.restoredFrom, outputs?.powerAfter, outputs?.runs],
      [true, good, "on", 1],
    );

    await succeed(stack.refresh());
    assert.deepEqual((await succeed(stack.up())).summary, { same: 1 });
    stack.declare(restore(vm, { triggers: ["ticket 1"], snapshot: "bad" }));
    await succeed(stack.up());
    await succeed(stack.destroy());
    assert.equal(await reverts(), 1);
    assert.equal((await now(vm)).names.length, 3);
  });

  scenario("a Snapshot and a Restore in one program: the revert comes at up, and once", async (stack, vm) => {
    const declared = (triggers: string[]): Declared[] => [
      { kind: "Snapshot", name: "one", args: { target: vm.path, name: "good" } },
      { ...restore(vm, { triggers, safetySnapshot: false, confirm: vm.name }), dependsOn: ["one"] },
    ];
    stack.declare(...declared(["a"]));
    await succeed(stack.up());
    assert.deepEqual([await reverts(), (await now(vm)).names], [1, ["good"]]);
    await succeed(stack.refresh());
    // The note on the snapshot is no drift of it.
    assert.deepEqual((await succeed(stack.up())).summary, { same: 2 });
    assert.equal(await reverts(), 1);
  });

  scenario("without a safety snapshot and with another VM's name nothing is touched", async (stack, vm) => {
    await vcsim.control.createSnapshot(vm.moref, { name: "good" });
    stack.declare(restore(vm, { triggers: ["a"], safetySnapshot: false, confirm: "another" }));
    const failed = await stack.up();
    assert.equal(failed.ok, false);
    assert.match([failed.error, ...failed.messages].join("\n"), /confirm is "another"/);
    assert.equal(await reverts(), 0);
  });

  for (const drop of ["before", "after"] as const) {
    scenario(`a reply lost ${drop} the revert was accepted: reverted, and once`, async (stack, vm) => {
      const good = await vcsim.control.createSnapshot(vm.moref, { name: "good" });
      await vcsim.control.rules({ method: "RevertToSnapshot_Task", drop, max: 1 });
      stack.declare(restore(vm, { triggers: ["a"] }));
      await succeed(stack.up());
      const ok = (await vcsim.control.journal()).filter(
        ({ method, outcome }) => method === "RevertToSnapshot_Task" && outcome !== "dropped-before",
      );
      assert.deepEqual([ok.length, (await now(vm)).current], [1, good]);
    });
  }

  for (const [what, args] of [
    ["with a safety snapshot", {}],
    ["without one", { safetySnapshot: false }],
  ] as const) {
    scenario(
      `kill -9 mid-revert ${what}, then a plain re-run: reverted once, and recorded`,
      async (stack, vm) => {
        const good = await vcsim.control.createSnapshot(vm.moref, { name: "good" });
        const declared = restore(vm, {
          triggers: ["a"],
          ...args,
          ...("safetySnapshot" in args && { confirm: vm.name }),
        });
        await vcsim.control.rules({ method: "RevertToSnapshot_Task", task: true, delayMs: 2500 });
        const child = engineProcess(vcsim, stack.stateFile, [declared]);
        while ((await reverts()) === 0) await new Promise((resolve) => setTimeout(resolve, 20));
        kill([...childrenOf(child), child.pid as number]);
        await new Promise((resolve) => child.once("close", resolve));

        stack.declare(declared);
        await succeed(stack.up());
        const after = await now(vm);
        assert.deepEqual([await reverts(), after.current], [1, good]);
        assert.equal(safeties(after.names), "safetySnapshot" in args ? 0 : 1);
        const { outputs } = (await stack.state()).back ?? {};
        assert.deepEqual([outputs?.restoredFrom, outputs?.runs], [good, 1]);
      },
      "embedded",
    );
  }
});
