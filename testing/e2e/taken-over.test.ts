import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { Restore, Snapshot } from "../../sdk";
import { startVcsim, type Vcsim, type VcsimVm } from "../vcsim/launcher";
import { missing } from "../vcsim/test-support";
import { type Outcome, text } from "./outcome";
import { newStack } from "./stack";

describe("snapshots that are there without a state, and what is said of them", () => {
  let vcsim: Vcsim | string;
  let unused: VcsimVm[];
  before(async () => {
    vcsim = await startVcsim({ vms: 6 }).catch(missing);
    if (typeof vcsim !== "string") unused = await vcsim.control.vms();
  });
  after(async () => {
    if (typeof vcsim !== "string") await vcsim.stop();
  });
  const taken = async (vm: VcsimVm) => {
    if (typeof vcsim === "string") return [];
    return (await vcsim.control.vms()).find(({ moref }) => moref === vm.moref)?.snapshots ?? [];
  };

  for (const adapter of ["dynamic", "plugin"] as const) {
    it(`are reused by their marker when the state is lost, and the CLI says which: ${adapter}`, async (t: TestContext) => {
      if (typeof vcsim === "string") return t.skip(vcsim);
      const vm = unused.shift();
      assert.ok(vm);
      const stack = newStack(vcsim, { adapter });
      try {
        stack.declare({ kind: "Snapshot", name: "kept", args: { target: vm.path, name: "kept" } });
        const first = await stack.up();
        assert.equal(first.ok, true, text(first));
        assert.equal(first.messages.filter((message) => message.includes("is not a backup")).length, 1);
        rmSync(join(stack.folder, ".pulumi", "stacks"), { recursive: true });
        await (await stack.open()).workspace.createStack("dev");
        const second = await stack.up();
        assert.equal(second.ok, true, text(second));
        assert.match(
          text(second),
          /reused snapshot "kept" \(snapshot-\d+\) of \d{4}-.*which has this resource's marker/,
        );
        assert.equal((await taken(vm)).length, 1);
        const third = await stack.up();
        assert.doesNotMatch(third.output, /reused|not a backup/);
        assert.equal((await stack.destroy()).ok, true);
      } finally {
        stack.remove();
      }
    });
  }

  it("get their marker in the first `up` after an import, which the preview shows as an update", async (t: TestContext) => {
    if (typeof vcsim === "string") return t.skip(vcsim);
    const vm = unused.shift();
    assert.ok(vm);
    const id = await vcsim.control.createSnapshot(vm.moref, { name: "golden", description: "by hand" });
    const stack = newStack(vcsim, { adapter: "plugin" });
    try {
      const args = { target: vm.path, name: "golden", description: "by hand" };
      const program = (options: object) => async () => {
        new Snapshot("golden", args, options);
      };
      stack.runs(program({ import: `default/${vm.moref}/${id}` }));
      const imported = await stack.up();
      assert.equal(imported.ok, true, text(imported));
      assert.deepEqual(imported.summary, { import: 1 });
      stack.runs(program({}));
      const preview = await stack.preview();
      assert.match(preview.output, /golden\s+update/, preview.output);
      const up = await stack.up();
      assert.equal(up.ok, true, text(up));
      assert.deepEqual(up.summary, { update: 1 });
      assert.match((await taken(vm))[0]?.description ?? "", /^by hand[\s\S]*\[snapstate:[a-z2-7]{26}\]$/);
      assert.deepEqual((await stack.up()).summary, { same: 1 });
      assert.equal((await stack.destroy()).ok, true);
    } finally {
      stack.remove();
    }
  });

  it("a Restore's loss is said once in each phase", async (t: TestContext) => {
    if (typeof vcsim === "string") return t.skip(vcsim);
    const vm = unused.shift();
    assert.ok(vm);
    const stack = newStack(vcsim, { adapter: "plugin" });
    try {
      const program = (triggers: string[]) => async () => {
        const before = new Snapshot("before", { target: vm.path });
        new Restore("back", { target: vm.path, snapshot: before.id, triggers });
      };
      const losses = ({ messages }: Outcome) =>
        messages.filter((one) => one.includes("is about to be reverted")).length;
      stack.runs(program([]));
      assert.equal((await stack.up()).ok, true);
      stack.runs(program(["1"]));
      assert.equal(losses(await stack.preview()), 1);
      const up = await stack.up();
      assert.equal(up.ok, true, text(up));
      assert.equal(losses(up), 1);
      assert.equal((await stack.destroy()).ok, true);
    } finally {
      stack.remove();
    }
  });
});
