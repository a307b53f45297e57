import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe } from "node:test";
import type { VcsimVm } from "../vcsim/launcher";
import { fails, succeeds, TofuSite, unwrapped } from "./tofu-site";

const site = new TofuSite(30);

const snapshot = ({ path }: Pick<VcsimVm, "path">, more = "", label = "one", name = "first") =>
  `resource "snapstate_snapshot" "${label}" {\n  target = "${path}"\n  name   = "${name}"\n${more}\n}\n`;

describe("trouble on OpenTofu", () => {
  site.scenario("a task that fails: nothing in the state, and the next apply takes one", async (tofu, vm) => {
    await site.control.rules({
      method: "CreateSnapshotEx_Task",
      object: vm.moref,
      task: true,
      fault: "NoDiskSpace",
      max: 1,
    });
    tofu.declare(snapshot(vm));
    fails(await tofu.apply(), /Create snapstate_snapshot|create .*NoDiskSpace|space/i);
    succeeds(await tofu.apply());
    assert.deepEqual(await site.names(vm), ["first"]);
    assert.equal((await tofu.plan()).code, 0);
  });

  site.scenario("a reply that is lost after the create was accepted: exactly one", async (tofu, vm) => {
    await site.control.rules({ method: "CreateSnapshotEx_Task", object: vm.moref, drop: "after", max: 1 });
    tofu.declare(snapshot(vm));
    await tofu.apply();
    succeeds(await tofu.apply());
    assert.deepEqual(await site.names(vm), ["first"]);
    assert.equal((await tofu.plan()).code, 0);
  });

  for (const flags of [[], ["-parallelism=1"], ["-refresh=false"]]) {
    const title = ["a forced replacement whose dependent fails: the next apply keeps what was taken over", ...flags];
    site.scenario(title.join(" "), async (tofu, vm) => {
      const declare = (command: string) =>
        tofu.declare(
          snapshot(vm, "  lifecycle {\n    create_before_destroy = true\n  }") +
            `resource "terraform_data" "deploy" {\n  triggers_replace = [snapstate_snapshot.one.id, "${command}"]\n  provisioner "local-exec" {\n    command = "${command}"\n  }\n}\n`,
        );
      declare("true");
      succeeds(await tofu.apply());
      const [taken] = await site.snapshots(vm);
      assert.ok(taken);
      declare("false");
      fails(await tofu.apply("-replace=snapstate_snapshot.one"), /local-exec provisioner error/);
      declare("true");
      assert.match(unwrapped(succeeds(await tofu.apply(...flags)).output), /is kept[^.]* has taken it over/);
      assert.deepEqual(
        (await site.snapshots(vm)).map(({ moref }) => moref),
        [taken.moref],
      );
      assert.equal(tofu.state()["snapstate_snapshot.one"]?.platform_id, taken.moref);
      assert.equal((await tofu.plan()).code, 0);
      succeeds(await tofu.destroy());
      assert.deepEqual(await site.names(vm), []);
    });
  }

  site.scenario("a saved plan that is applied after the world has changed", async (tofu, vm) => {
    tofu.declare(snapshot(vm, "limits = {\n    max_chain_depth = 1\n  }"));
    assert.equal((await tofu.plan()).code, 2);
    await site.control.createSnapshot(vm.moref, { name: "by hand" });
    fails(await tofu.run(["apply", "-input=false", "plan"]), /2-snapshot chain would exceed/);
    assert.deepEqual(await site.names(vm), ["by hand"]);
    tofu.declare(snapshot(vm));
    succeeds(await tofu.apply());
    const taken = tofu.state()["snapstate_snapshot.one"]?.platform_id;
    tofu.declare(snapshot(vm, "", "one", "renamed"));
    assert.equal((await tofu.plan()).code, 2);
    await site.control.removeSnapshot(vm.moref, String(taken));
    fails(await tofu.run(["apply", "-input=false", "plan"]), /no longer on the platform/);
    succeeds(await tofu.apply());
    assert.deepEqual(await site.names(vm), ["by hand", "renamed"]);
  });

  site.scenario("what cannot be done is refused in the plan, at its attribute", async (tofu, vm) => {
    const refused: [string, RegExp][] = [
      [snapshot(vm, 'memory = true\n  quiesce = "require"'), /quiesce/],
      [snapshot(vm, 'expires_at = "2020-01-01T00:00:00Z"'), /expires_at[\s\S]*past|past/],
      [snapshot(vm, 'connection_name = "other"'), /connection "?other"?.*no connection has that name/],
      [snapshot(vm, 'quiesce = "maybe"'), /one of|require, prefer, off|"require"/],
    ];
    for (const [declared, expected] of refused) {
      tofu.declare(declared);
      const planned = await tofu.plan();
      assert.equal(planned.code, 1, planned.output);
      assert.match(unwrapped(planned.output), expected);
    }
    assert.deepEqual(await site.names(vm), []);
  });

  site.scenario("a VM that is not there yet is a warning", async (tofu) => {
    tofu.declare(snapshot({ path: "/DC0/vm/new" }));
    const planned = await tofu.plan();
    assert.equal(planned.code, 2, planned.output);
    assert.match(unwrapped(planned.output), /Warning: VM "\/DC0\/vm\/new" not found/);
    fails(await tofu.apply(), /no VM|not found/i);
  });

  site.scenario(
    "no owner, no connection, a setting that does not exist: errors that say what to write",
    async (tofu, vm) => {
      tofu.declare(snapshot(vm), "");
      fails(await tofu.plan(), /no owner is set.*Set owner in the provider block/);
      tofu.declare(
        snapshot(vm),
        'provider "snapstate" {\n  owner = "e2e"\n  connections = {\n    default = {\n      platform = "vspere"\n    }\n  }\n}\n',
      );
      fails(await tofu.plan(), /connections.default.platform is not a platform; did you mean vsphere/);
    },
  );

  site.scenario("credentials that were rotated: destroy works with the new ones", async (tofu, vm) => {
    tofu.declare(snapshot(vm));
    succeeds(await tofu.apply());
    const wrong = await tofu.run(["destroy", "-auto-approve", "-input=false"], { SNAPSTATE_DEFAULT_PASSWORD: "old" });
    assert.equal(wrong.code, 1);
    assert.match(unwrapped(wrong.output), /InvalidLogin|username and password/);
    assert.deepEqual(await site.names(vm), ["first"]);
    succeeds(await tofu.destroy());
    assert.deepEqual(await site.names(vm), []);
  });

  site.scenario("a state of vsphere_virtual_machine_snapshot is moved", async (tofu, vm) => {
    const moref = await site.control.createSnapshot(vm.moref, { name: "theirs", description: "as it was" });
    const uuid = vm.uuid;
    const instance = {
      schema_version: 0,
      attributes: { id: moref, virtual_machine_uuid: uuid, snapshot_name: "theirs", description: "as it was" },
    };
    const resource = {
      mode: "managed",
      type: "vsphere_virtual_machine_snapshot",
      name: "old",
      provider: 'provider["registry.opentofu.org/hashicorp/vsphere"]',
      instances: [instance],
    };
    const state = {
      version: 4,
      terraform_version: "1.12.6",
      serial: 1,
      lineage: "x",
      outputs: {},
      resources: [resource],
    };
    writeFileSync(join(tofu.folder, "terraform.tfstate"), JSON.stringify(state));
    const moved = "moved {\n  from = vsphere_virtual_machine_snapshot.old\n  to   = snapstate_snapshot.one\n}\n";
    tofu.declare(snapshot(vm, "", "one", "theirs") + moved);
    succeeds(await tofu.apply());
    assert.equal(tofu.state()["snapstate_snapshot.one"]?.platform_id, moref);
    assert.deepEqual(await site.names(vm), ["theirs"]);
    assert.equal((await tofu.plan()).code, 0);
  });
});
