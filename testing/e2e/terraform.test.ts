import assert from "node:assert/strict";
import { describe } from "node:test";
import type { VcsimVm } from "../vcsim/launcher";
import { fails, succeeds, TofuSite, unwrapped } from "./tofu-site";

const site = new TofuSite(40);

const snapshot = ({ path }: Pick<VcsimVm, "path">, more = "", label = "one", name = "first") =>
  `resource "snapstate_snapshot" "${label}" {\n  target = "${path}"\n  name   = "${name}"\n${more}\n}\n`;

describe("a snapshot on OpenTofu", () => {
  site.scenario("the same values written in another way are an update that sends nothing", async (tofu, vm) => {
    tofu.declare(snapshot(vm, 'ttl = "60m"\n  triggers = [1, "a"]'));
    assert.equal((await tofu.planned()).changes[0]?.after?.ttl, "60m");
    succeeds(await tofu.apply());
    const [taken] = await site.snapshots(vm);
    const lookup = `target_lookup = { path = "${vm.path}" }`;
    tofu.declare(snapshot(vm, 'ttl = "1h"\n  triggers = [1, "a"]').replace(/target = .*/, lookup));
    assert.deepEqual((await tofu.planned()).changes[0]?.actions, ["update"]);
    succeeds(await tofu.apply());
    assert.equal((await site.snapshots(vm))[0]?.moref, taken?.moref);
    assert.equal((await tofu.plan()).code, 0);
    succeeds(await tofu.destroy());
    assert.deepEqual(await site.names(vm), []);
  });

  site.scenario("without create_before_destroy a replacement destroys first, with a warning", async (tofu, vm) => {
    tofu.declare(snapshot(vm, 'triggers = ["v1"]'));
    succeeds(await tofu.apply());
    const [old] = await site.snapshots(vm);
    tofu.declare(snapshot(vm, 'triggers = ["v2"]'));
    const planned = await tofu.planned();
    assert.deepEqual(planned.changes[0]?.replaces, ["triggers"]);
    assert.match(unwrapped(planned.output), /destroyed before the new one is taken/);
    for (const more of [[], ["-replace=snapstate_snapshot.one"]]) {
      succeeds(await tofu.apply(...more));
      const [fresh, ...rest] = await site.snapshots(vm);
      assert.deepEqual([rest, fresh?.moref === old?.moref], [[], false]);
      assert.equal((await tofu.plan()).code, 0, "the state is what is there");
    }
  });

  site.scenario("two of the same identity are refused; a name that is free again is another's", async (tofu, vm) => {
    tofu.declare(snapshot(vm) + snapshot(vm, "", "two"));
    fails(await tofu.apply(), /two resources of this configuration are snapstate_snapshot "first" of .*another name/);
    tofu.declare(snapshot(vm));
    succeeds(await tofu.apply());
    tofu.declare(snapshot(vm, "", "one", "renamed"));
    succeeds(await tofu.apply());
    tofu.declare(snapshot(vm, "", "one", "renamed") + snapshot(vm, "", "two"));
    succeeds(await tofu.apply());
    assert.deepEqual((await site.names(vm)).sort(), ["first", "renamed"]);
    assert.equal((await tofu.plan()).code, 0);
    succeeds(await tofu.destroy("-target=snapstate_snapshot.one"));
    assert.deepEqual(await site.names(vm), ["first"]);
    succeeds(await tofu.destroy());
  });

  site.scenario("ignore_changes and prevent_destroy are kept", async (tofu, vm) => {
    tofu.declare(snapshot(vm, 'description = "a"\n  lifecycle {\n    ignore_changes = [description]\n  }'));
    succeeds(await tofu.apply());
    tofu.declare(
      snapshot(
        vm,
        'description = "b"\n  lifecycle {\n    ignore_changes  = [description]\n    prevent_destroy = true\n  }',
      ),
    );
    assert.equal((await tofu.plan()).code, 0);
    fails(await tofu.destroy(), /prevent_destroy/);
    tofu.declare("");
    succeeds(await tofu.apply());
    assert.deepEqual(await site.names(vm), []);
  });

  site.scenario("on hold is not deleted, and the remedy is in Terraform's words", async (tofu, vm) => {
    tofu.declare(snapshot(vm, "hold = true"));
    succeeds(await tofu.apply());
    const remedy = /it is on hold. Set hold = false and apply/;
    fails(await tofu.run(["plan", "-destroy", "-input=false"]), remedy);
    fails(await tofu.destroy(), remedy);
    tofu.declare("");
    fails(await tofu.plan(), remedy);
    assert.deepEqual(await site.names(vm), ["first"]);
    tofu.declare(snapshot(vm, "hold = false"));
    succeeds(await tofu.apply());
    succeeds(await tofu.destroy());
  });
});

describe("what OpenTofu imports", () => {
  const block = (to: string, how: string) => `import {\n  to = snapstate_snapshot.${to}\n  ${how}\n}\n`;

  site.scenario("by id, by path and by identity: the plan after it is empty", async (tofu, vm) => {
    const ways: [string, (moref: string) => string][] = [
      ["id", (moref) => `id = "default/${vm.moref}/${moref}"`],
      ["path", () => `id = "default/${vm.path}/by-hand"`],
      ["identity", (moref) => `identity = {\n    target = "${vm.moref}"\n    snapshot = "${moref}"\n  }`],
    ];
    const moref = await site.control.createSnapshot(vm.moref, { name: "by-hand", description: "kept" });
    for (const [what, how] of ways) {
      tofu.declare(snapshot(vm, "", "one", "by-hand") + block("one", how(moref)));
      const planned = await tofu.planned();
      assert.equal(planned.changes[0]?.importing, true, `${what}: ${planned.output}`);
      assert.deepEqual(planned.changes[0]?.actions, ["no-op"], planned.output);
      succeeds(await tofu.apply());
      tofu.declare(snapshot(vm, "", "one", "by-hand"));
      assert.equal((await tofu.plan()).code, 0, what);
      assert.equal(tofu.state()["snapstate_snapshot.one"]?.platform_id, moref);
      succeeds(await tofu.run(["state", "rm", "snapstate_snapshot.one"]));
    }
    assert.deepEqual(await site.names(vm), ["by-hand"]);
  });

  site.scenario("what is not there cannot be imported", async (tofu, vm) => {
    tofu.declare(snapshot(vm) + block("one", `id = "default/${vm.moref}/snapshot-0"`));
    fails(await tofu.plan(), /does not exist|non-existent|Cannot import/i);
    tofu.declare(snapshot(vm) + block("one", 'id = "nonsense"'));
    fails(await tofu.plan(), /connection\/target\/snapshot/);
  });
});

describe("data sources on OpenTofu", () => {
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
});

describe("many on OpenTofu", () => {
  site.scenario("for_each over 30 VMs: one plan, one apply, nothing left", async (tofu) => {
    const vms = Array.from({ length: 30 }, () => site.take());
    tofu.declare(
      `resource "snapstate_snapshot" "all" {\n  for_each = toset(${JSON.stringify(vms.map(({ path }) => path))})\n  target = each.key\n  name = "release"\n}\n`,
    );
    succeeds(await tofu.apply());
    for (const vm of vms) assert.deepEqual(await site.names(vm), ["release"]);
    assert.equal((await tofu.plan()).code, 0);
    succeeds(await tofu.destroy());
    for (const vm of vms) assert.deepEqual(await site.names(vm), []);
  });
});
