import assert from "node:assert/strict";
import { after, before, describe, it, type TestContext } from "node:test";
import type { Output } from "@pulumi/pulumi";
import { connectionVariables } from "../testing/cli/run-cli";
import { startVcsim, type Vcsim } from "../testing/vcsim/launcher";
import { missing } from "../testing/vcsim/test-support";
import { checkTarget, getSnapshotReport, getSnapshots } from ".";

describe("functions of a program", () => {
  let vcsim: Vcsim | string;
  const outside = { ...process.env };

  before(async () => {
    vcsim = await startVcsim({ vms: 3 }).catch(missing);
    if (typeof vcsim === "string") return;
    Object.assign(process.env, connectionVariables("LAB", vcsim), { NO_PROXY: "127.0.0.1,localhost" });
  });
  after(async () => {
    process.env = outside;
    if (typeof vcsim !== "string") await vcsim.stop();
  });

  const settled = <T>(result: Output<T>) => new Promise<T>((resolve) => result.apply((value) => resolve(value as T)));

  it("tell of one VM and of a fleet what the platform has", async (t: TestContext) => {
    if (typeof vcsim === "string") return t.skip(vcsim);
    const [vm] = await vcsim.control.vms();
    assert.ok(vm);
    await vcsim.control.createSnapshot(vm.moref, { name: "by hand" });
    const tree = await settled(getSnapshots({ connection: "lab", target: vm.path }));
    assert.deepEqual(
      tree.snapshots.map(({ name, managed, hold }) => [name, managed, hold]),
      [["by hand", false, false]],
    );
    assert.equal((await settled(checkTarget({ connection: "lab", target: { id: vm.moref } }))).chainDepth, 1);

    const fleet = await settled(getSnapshotReport({ connection: "lab", limits: { foreign: "warning" } }));
    assert.deepEqual([fleet.targets.length, fleet.failures], [3, []]);
    const found = fleet.targets.flatMap((target) => target.snapshots.flatMap((one) => one.findings));
    assert.deepEqual(
      found.map(({ code, severity }) => [code, severity]),
      [["foreign", "warning"]],
    );
    const named = await settled(getSnapshotReport({ connection: "lab", targets: [vm.path, "nothing"] }));
    assert.deepEqual([named.targets.length, named.failures.map(({ kind }) => kind)], [1, ["not-found"]]);
  });
});
