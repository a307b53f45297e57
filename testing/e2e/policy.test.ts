import assert from "node:assert/strict";
import { describe } from "node:test";
import type { VcsimVm } from "../vcsim/launcher";
import { killCli } from "./processes";
import type { CliStack, Declared } from "./stack";
import { succeed, Vcenter } from "./vcenter";

const site = new Vcenter(12);

type Group = [VcsimVm, VcsimVm];

/** A scenario with two VMs. */
function scenario(name: string, work: (stack: CliStack, group: Group) => Promise<void>): void {
  site.scenario(name, (stack, vm) => work(stack, [vm, site.take()]));
}

async function names(group: Group): Promise<string[][]> {
  return Promise.all(group.map(async (vm) => (await site.now(vm)).all.map(({ name }) => name)));
}

const counts = async (group: Group) => (await names(group)).map((list) => list.length);

const policy = (group: Group, args: Record<string, unknown> = {}): Declared => ({
  kind: "SnapshotPolicy",
  name: "nightly",
  args: { targets: group.map(({ path }) => path), label: "nightly", keepLast: 2, ...args },
});

describe("SnapshotPolicy", () => {
  scenario("one VM of the group fails: none keeps a snapshot, and the next run takes both", async (stack, group) => {
    const rule = { method: "CreateSnapshotEx_Task", object: group[1].moref, task: true, fault: "NoDiskSpace", max: 1 };
    await site.control.rules(rule);
    stack.declare(policy(group));
    const failed = await stack.up();
    assert.equal(failed.ok, false);
    assert.match([failed.error, ...failed.messages].join("\n"), /1 of 2 VMs failed/);
    assert.deepEqual([await counts(group), await stack.state()], [[0, 0], {}]);
    await succeed(stack.up());
    assert.deepEqual(await counts(group), [1, 1]);
  });

  scenario("kill -9 while a group is taken, then a plain re-run: one snapshot of each VM", async (stack, group) => {
    await site.control.delay({ taskMs: 2500 });
    stack.declare(policy(group, { triggers: ["1"] }));
    await killCli(stack, () => site.untilCalled("CreateSnapshotEx_Task"));
    await succeed(stack.up());
    assert.deepEqual(await counts(group), [1, 1]);
    assert.equal((await stack.state()).nightly?.outputs.runs, 1);
  });
});
