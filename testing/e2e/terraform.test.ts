import assert from "node:assert/strict";
import { describe } from "node:test";
import { decodeText } from "../../provider/platforms/ownership";
import type { VcsimVm } from "../vcsim/launcher";
import { fails, succeeds, TofuSite, unwrapped } from "./tofu-site";

const site = new TofuSite(70);

const snapshot = ({ path }: Pick<VcsimVm, "path">, more = "", label = "one", name = "first") =>
  `resource "snapstate_snapshot" "${label}" {\n  target = "${path}"\n  name   = "${name}"\n${more}\n}\n`;
const FIRST = "lifecycle {\n    create_before_destroy = true\n  }";

describe("a snapshot on OpenTofu", () => {
  site.scenario("is planned, taken, edited in place, and removed; plans after each are empty", async (tofu, vm) => {
    tofu.declare(snapshot(vm, 'description = "why"\n  ttl = "60m"\n  triggers = [1, "a"]'));
    const planned = await tofu.planned();
    assert.deepEqual(planned.changes[0]?.actions, ["create"]);
    assert.equal(planned.changes[0]?.after?.ttl, "60m");
    assert.deepEqual(await site.names(vm), []);
    succeeds(await tofu.apply());
    const [taken] = await site.snapshots(vm);
    assert.equal(decodeText(taken?.description ?? "").description, "why");
    assert.equal((await tofu.plan()).code, 0);
    // Written in another way, the same text in the state, and nothing else.
    tofu.declare(snapshot(vm, 'description = "why not"\n  ttl = "1h"\n  triggers = [1, "a"]', "one", "second"));
    assert.deepEqual((await tofu.planned()).changes[0]?.actions, ["update"]);
    succeeds(await tofu.apply());
    const [edited] = await site.snapshots(vm);
    assert.deepEqual([edited?.moref, edited?.name], [taken?.moref, "second"]);
    assert.equal((await tofu.plan()).code, 0);
    tofu.declare(snapshot(vm, 'triggers = [1, "a"]', "one", "second"));
    succeeds(await tofu.apply());
    assert.equal(decodeText((await site.snapshots(vm))[0]?.description ?? "").description, "");
    assert.equal((await tofu.plan()).code, 0);
    // The same VM, named by an object.
    const lookup = `target_lookup = { path = "${vm.path}" }`;
    tofu.declare(snapshot(vm, 'triggers = [1, "a"]', "one", "second").replace(/target = .*/, lookup));
    assert.deepEqual((await tofu.planned()).changes[0]?.actions, ["update"]);
    succeeds(await tofu.apply());
    assert.equal((await site.snapshots(vm))[0]?.moref, taken?.moref);
    assert.equal((await tofu.plan()).code, 0);
    succeeds(await tofu.destroy());
    assert.deepEqual(await site.names(vm), []);
  });

  site.scenario("renamed by hand is put back, removed by hand is taken again", async (tofu, vm) => {
    tofu.declare(snapshot(vm));
    succeeds(await tofu.apply());
    const [taken] = await site.snapshots(vm);
    await site.control.renameSnapshot(vm.moref, taken?.moref ?? "", { name: "yours" });
    const drift = await tofu.planned();
    assert.deepEqual([drift.changes[0]?.actions, drift.changes[0]?.before?.name], [["update"], "yours"]);
    succeeds(await tofu.apply());
    assert.deepEqual(await site.names(vm), ["first"]);
    await site.control.removeSnapshot(vm.moref, taken?.moref ?? "");
    assert.deepEqual((await tofu.planned()).changes[0]?.actions, ["create"]);
    succeeds(await tofu.apply());
    assert.deepEqual(await site.names(vm), ["first"]);
    succeeds(await tofu.destroy());
  });

  for (const order of ["destroyed first", "created first"] as const) {
    site.scenario(`is replaced by a trigger and by -replace, ${order}`, async (tofu, vm) => {
      const more = order === "created first" ? FIRST : "";
      tofu.declare(snapshot(vm, `triggers = ["v1"]\n  ${more}`));
      succeeds(await tofu.apply());
      const [old] = await site.snapshots(vm);
      tofu.declare(snapshot(vm, `triggers = ["v2"]\n  ${more}`));
      const planned = await tofu.planned();
      assert.deepEqual(planned.changes[0]?.replaces, ["triggers"]);
      assert.match(unwrapped(planned.output), /destroyed before the new one is taken/);
      succeeds(await tofu.apply());
      const [fresh, ...rest] = await site.snapshots(vm);
      assert.deepEqual(rest, []);
      assert.notEqual(fresh?.moref, old?.moref);
      assert.equal((await tofu.plan()).code, 0);
      const forced = succeeds(await tofu.apply("-replace=snapstate_snapshot.one"));
      const [last, ...others] = await site.snapshots(vm);
      assert.deepEqual(others, []);
      if (order === "destroyed first") assert.notEqual(last?.moref, fresh?.moref);
      else assert.match(unwrapped(forced.output), /To take a new one, change `triggers`/);
      assert.equal((await tofu.plan()).code, 0, "the state is what is there");
      succeeds(await tofu.destroy());
      assert.deepEqual(await site.names(vm), []);
    });
  }

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
