import assert from "node:assert/strict";
import { after, afterEach, before, describe, it, type TestContext } from "node:test";
import type { VsphereDriver } from "../../provider/platforms/vsphere/driver";
import { consolidationTask } from "../../provider/resources/consolidation";
import { checkTarget } from "../../provider/resources/queries/check-target";
import { getSnapshotReport } from "../../provider/resources/queries/get-report";
import { testContext } from "../memory-driver/context";
import { startVcsim, type Vcsim, type VcsimVm } from "../vcsim/launcher";
import { missing } from "../vcsim/test-support";
import { vcsimDriver } from "./vcsim-driver";

describe("disks on delta files that no snapshot accounts for, on the simulator", () => {
  let vcsim: Vcsim | string;
  let vms: VcsimVm[];
  let driver: VsphereDriver | undefined;

  before(async () => {
    vcsim = await startVcsim({ vms: 6 }).catch(missing);
    if (typeof vcsim !== "string") vms = await vcsim.control.vms();
  });
  afterEach(() => driver?.close());
  after(async () => {
    if (typeof vcsim !== "string") await vcsim.stop();
  });

  /** The findings of a report and a check for a VM with such files. */
  async function findings(t: TestContext, deltas: "own" | "clone" | "layout") {
    if (typeof vcsim === "string") return t.skip(vcsim);
    const vm = vms.shift();
    assert.ok(vm);
    await vcsim.control.setHardware(vm.moref, { deltas });
    driver = vcsimDriver(vcsim);
    const context = testContext(driver);
    const report = async () => {
      const { targets, failures } = await getSnapshotReport({ connection: "default" }, context);
      assert.deepEqual(failures, []);
      const found = targets.filter(({ findings: list }) => list.some(({ code }) => code === "unexplained-disks"));
      return found.map(({ targetName, unexplainedDisks }) => ({ targetName, unexplainedDisks }));
    };
    const check = async () => {
      const { findings: list } = await checkTarget({ connection: "default", target: vm.name }, context);
      return list.filter(({ message }) => message.includes("delta files")).map(({ message }) => message);
    };
    return { vm, context, report, check };
  }

  it("are a finding of report and check, with the remedy, which a ConsolidationTask carries out", async (t) => {
    const found = await findings(t, "own");
    if (found === undefined) return;
    const { vm, context, report, check } = found;
    const [target, ...others] = await report();
    assert.deepEqual([target?.targetName, others], [vm.name, []]);
    assert.match(target?.unexplainedDisks.join() ?? "", /^disk-\d+-0 \(\[LocalDS_0\] .*-000001\.vmdk\)$/);
    assert.match((await check()).join(), /-000001\.vmdk.*Run a ConsolidationTask.*clone/);
    const { inputs } = await consolidationTask.check(undefined, { target: vm.name }, context);
    const { outputs } = await consolidationTask.create(inputs, context);
    assert.deepEqual([outputs.ran, outputs.neededBefore, outputs.neededAfter], [true, true, false]);
    assert.deepEqual([await report(), await check()], [[], []]);
  });

  it("are none where the base is another VM's, as of a linked clone", async (t) => {
    const found = await findings(t, "clone");
    if (found) assert.deepEqual([await found.report(), await found.check()], [[], []]);
  });

  it("are none where only the layout says so, which may be out of date", async (t) => {
    const found = await findings(t, "layout");
    if (found) assert.deepEqual([await found.report(), await found.check()], [[], []]);
  });
});
