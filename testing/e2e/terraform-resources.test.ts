import assert from "node:assert/strict";
import { describe } from "node:test";
import { fails, succeeds, TofuSite, unwrapped } from "./tofu-site";

const site = new TofuSite(12);

describe("Terraform's other resources", () => {
  site.scenario("a recovery point's consistency is verified", async (tofu, vm) => {
    tofu.declare(
      `resource "snapstate_recovery_point" "one" {\n  target = "${vm.path}"\n  name = "rp"\n  consistency = "memory"\n}\n`,
    );
    succeeds(await tofu.apply());
    assert.equal(tofu.state()["snapstate_recovery_point.one"]?.obtained_consistency, "memory");
    assert.equal((await tofu.plan()).code, 0);
    succeeds(await tofu.destroy());
    assert.deepEqual(await site.names(vm), []);
  });

  site.scenario("a restore reverts once for each trigger, and keeps what it loses", async (tofu, vm) => {
    const declare = (triggers: string) =>
      tofu.declare(
        `resource "snapstate_snapshot" "one" {\n  target = "${vm.path}"\n  name = "before"\n}\nresource "snapstate_restore" "back" {\n  target = "${vm.path}"\n  snapshot = snapstate_snapshot.one.id\n  triggers = ${triggers}\n}\n`,
      );
    const reverts = async () => (await site.control.calls()).RevertToSnapshot_Task ?? 0;
    declare("[]");
    succeeds(await tofu.apply());
    assert.equal(await reverts(), 0);
    assert.equal((await tofu.plan()).code, 0);
    declare('["bad release"]');
    assert.match(unwrapped((await tofu.plan()).output), /will be lost|is lost/);
    succeeds(await tofu.apply());
    assert.equal(await reverts(), 1);
    assert.equal(tofu.state()["snapstate_restore.back"]?.restored, true);
    assert.equal((await tofu.plan()).code, 0, (await tofu.plan()).output);
    succeeds(await tofu.apply());
    assert.equal(await reverts(), 1);
    succeeds(await tofu.destroy());
  });

  site.scenario("a policy takes and prunes", async (tofu, vm) => {
    const declare = (release: number) =>
      tofu.declare(
        `resource "snapstate_snapshot_policy" "nightly" {\n  targets = ["${vm.path}"]\n  label = "nightly"\n  keep_last = 2\n  triggers = [${release}]\n}\n`,
      );
    for (const release of [1, 2, 3]) {
      declare(release);
      succeeds(await tofu.apply());
      assert.equal((await tofu.plan()).code, 0);
    }
    assert.equal((await site.names(vm)).length, 2);
    const { pruned } = tofu.state()["snapstate_snapshot_policy.nightly"] as { pruned: { reasons: string[] }[] };
    assert.equal(pruned.length, 1);
    succeeds(await tofu.destroy());
    assert.deepEqual(await site.names(vm), []);
  });

  site.scenario("a consolidation merges when it is needed", async (tofu, vm) => {
    await site.control.setConsolidationNeeded(vm.moref, true);
    tofu.declare(`resource "snapstate_consolidation_task" "tidy" {\n  target = "${vm.path}"\n}\n`);
    succeeds(await tofu.apply());
    assert.equal(tofu.state()["snapstate_consolidation_task.tidy"]?.consolidation_needed, false);
    assert.equal((await tofu.plan()).code, 0);
    succeeds(await tofu.destroy());
  });

  site.scenario("data sources look and change nothing", async (tofu, vm) => {
    await site.control.createSnapshot(vm.moref, { name: "by hand", description: "x" });
    tofu.declare(
      [
        `data "snapstate_snapshots" "all" {\n  target = "${vm.path}"\n}`,
        `data "snapstate_snapshot" "one" {\n  target = "${vm.path}"\n  snapshot = "by hand"\n}`,
        `data "snapstate_target_check" "ready" {\n  target = "${vm.path}"\n}`,
        `data "snapstate_report" "fleet" {\n  targets = ["${vm.path}"]\n}`,
        'output "seen" {\n  value = {\n    names = data.snapstate_snapshots.all.snapshots[*].name\n    id = data.snapstate_snapshot.one.id\n    ready = data.snapstate_target_check.ready.ready\n    complete = data.snapstate_report.fleet.complete\n  }\n}\n',
      ].join("\n"),
    );
    succeeds(await tofu.apply());
    const shown = await tofu.run(["output", "-json", "seen"]);
    const { names, ready, complete } = JSON.parse(shown.output);
    assert.deepEqual([names, ready, complete], [["by hand"], true, true]);
    tofu.declare(`data "snapstate_snapshot" "one" {\n  target = "${vm.path}"\n  snapshot = "nothing"\n}\n`);
    fails(await tofu.plan(), /nothing/);
    assert.deepEqual(await site.names(vm), ["by hand"]);
  });

  site.scenario("a snapshot that is there is adopted", async (tofu, vm) => {
    const moref = await site.control.createSnapshot(vm.moref, { name: "golden" });
    tofu.declare(
      `resource "snapstate_snapshot" "one" {\n  target = "${vm.path}"\n  name = "golden"\n  adopt_existing = true\n}\n`,
    );
    succeeds(await tofu.apply());
    assert.equal(tofu.state()["snapstate_snapshot.one"]?.platform_id, moref);
    assert.equal((await tofu.plan()).code, 0);
    assert.deepEqual(await site.names(vm), ["golden"]);
  });
});
