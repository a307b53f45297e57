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

type Group = [VcsimVm, VcsimVm];

/** A scenario on a group of two VMs of its own. */
function scenario(
  name: string,
  work: (stack: ReturnType<typeof newStack>, group: Group) => Promise<void>,
  only?: "embedded",
): void {
  it(name, async (t) => {
    if (missing) return t.skip(missing);
    if (only && scenarioEngine() !== only) return t.skip("kills the embedded engine's own process");
    const stack = newStack(vcsim);
    try {
      await work(stack, [vms[used++] as VcsimVm, vms[used++] as VcsimVm]);
    } finally {
      await vcsim.control.rules();
      await vcsim.control.delay({ callMs: 0, taskMs: 0 });
      stack.remove();
    }
  });
}

async function names(group: Group): Promise<string[][]> {
  const all = await vcsim.control.vms();
  const flat = (list: VcsimSnapshot[]): string[] => list.flatMap(({ name, children }) => [name, ...flat(children)]);
  return group.map(({ moref }) => flat(all.find((vm) => vm.moref === moref)?.snapshots ?? []));
}

const counts = async (group: Group) => (await names(group)).map((list) => list.length);

const policy = (group: Group, args: Record<string, unknown> = {}): Declared => ({
  kind: "SnapshotPolicy",
  name: "nightly",
  args: { targets: group.map(({ path }) => path), label: "nightly", keepLast: 2, ...args },
});

async function succeed(run: ReturnType<ScenarioStack["up"]>) {
  const outcome = await run;
  assert.ok(outcome.ok, `${outcome.error}\n${outcome.messages.join("\n")}`);
  return outcome;
}

describe("SnapshotPolicy", () => {
  scenario("a series over three releases: previewed, taken, pruned, refreshed, destroyed", async (stack, group) => {
    await vcsim.control.createSnapshot(group[0].moref, { name: "foreign" });
    for (const release of ["1", "2", "3"]) {
      stack.declare(policy(group, { triggers: [release] }));
      const preview = await succeed(stack.preview());
      assert.match(
        preview.messages.join("\n"),
        /takes a snapshot of series nightly[\s\S]*keeps {2}the new one: keepLast 2/,
      );
      if (release === "3") assert.match(preview.messages.join("\n"), /prunes nightly-\S+ \(.*beyond keepLast 2/);
      await succeed(stack.up());
    }
    assert.deepEqual(await counts(group), [3, 2]);
    assert.equal((await names(group))[0]?.[0], "foreign");
    await succeed(stack.refresh());
    assert.deepEqual((await succeed(stack.up())).summary, { same: 1 });
    await succeed(stack.destroy());
    assert.deepEqual(await names(group), [["foreign"], []]);
  });

  scenario("one VM of the group fails: none keeps a snapshot, and the next run takes both", async (stack, group) => {
    const rule = { method: "CreateSnapshotEx_Task", object: group[1].moref, task: true, fault: "NoDiskSpace", max: 1 };
    await vcsim.control.rules(rule);
    stack.declare(policy(group));
    const failed = await stack.up();
    assert.equal(failed.ok, false);
    assert.match([failed.error, ...failed.messages].join("\n"), /1 of 2 VMs failed/);
    assert.deepEqual([await counts(group), await stack.state()], [[0, 0], {}]);
    await succeed(stack.up());
    assert.deepEqual(await counts(group), [1, 1]);
  });

  scenario(
    "kill -9 while a group is taken, then a plain re-run: one snapshot of each VM",
    async (stack, group) => {
      await vcsim.control.delay({ taskMs: 2500 });
      await vcsim.control.calls({ reset: true });
      const declared = policy(group, { triggers: ["1"] });
      const child = engineProcess(vcsim, stack.stateFile, [declared]);
      while (((await vcsim.control.calls()).CreateSnapshotEx_Task ?? 0) === 0) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      kill([...childrenOf(child), child.pid as number]);
      await new Promise((resolve) => child.once("close", resolve));
      stack.declare(declared);
      await succeed(stack.up());
      assert.deepEqual(await counts(group), [1, 1]);
      assert.equal((await stack.state()).nightly?.outputs.runs, 1);
    },
    "embedded",
  );
});
