import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { vsphere } from "../platforms/vsphere";
import type { Vcsim, VcsimVm } from "../vcsim/launcher";
import { TofuProject } from "./tofu";
import { fails, succeeds, TofuSite, unwrapped } from "./tofu-site";

/*
 * OpenTofu's language features and commands with our resources: providers, modules, moves, removals, imports, checks,
 * tests.
 */

const site = new TofuSite(16);

const snapshot = ({ path }: Pick<VcsimVm, "path">, more = "", label = "one", name = "first") =>
  `resource "snapstate_snapshot" "${label}" {\n  target = "${path}"\n  name   = "${name}"\n${more}\n}\n`;
const ONE = "snapstate_snapshot.one";
const SOURCE = `terraform {\n  required_providers {\n    snapstate = {\n      source = "snapstate/snapstate"\n    }\n  }\n}\n`;

function connection({ host, port, username, password, fingerprint }: Vcsim, endpoint = `"${host}:${port}"`): string {
  return `{\n      platform    = "vsphere"\n      endpoint    = ${endpoint}\n      username    = "${username}"\n      password    = "${password}"\n      fingerprint = "${fingerprint}"\n    }`;
}

describe("providers in OpenTofu", () => {
  site.scenario("an endpoint that the same apply creates is known at the apply", async (tofu, vm) => {
    const { host, port } = site.vcsim;
    const declare = (word: string) =>
      tofu.declare(
        `resource "terraform_data" "vcenter" {\n  input = { endpoint = "${host}:${port}", word = "${word}" }\n}\n${snapshot(vm, '  connection_name = "made"')}`,
        `provider "snapstate" {\n  owner = "e2e"\n  connections = {\n    made = ${connection(site.vcsim, "terraform_data.vcenter.output.endpoint")}\n  }\n}\n`,
      );
    declare("a");
    const planned = await tofu.plan();
    assert.equal(planned.code, 2, planned.output);
    assert.match(unwrapped(planned.output), /Warning: Settings of a connection are not known before the apply/);
    succeeds(await tofu.run(["apply", "-input=false", "plan"]));
    assert.deepEqual(await site.names(vm), ["first"]);
    assert.equal((await tofu.plan()).code, 0);
    declare("b");
    fails(await tofu.plan(), /connection "made" are not known before the apply\. Apply what they depend on first/);
    succeeds(await tofu.apply("-target=terraform_data.vcenter"));
    assert.equal((await tofu.plan()).code, 0);
    succeeds(await tofu.destroy());
    assert.deepEqual(await site.names(vm), []);
  });

  site.scenario(
    "aliases: two vCenters, and two owners of one VM, each with its own snapshot",
    async (tofu, vm) => {
      const other = await vsphere(1);
      assert.ok(typeof other !== "string");
      try {
        const [there] = await other.vcsim.control.vms();
        assert.ok(there);
        const declare = (body: string) =>
          tofu.declare(
            body,
            `provider "snapstate" {\n  owner = "e2e"\n}\nprovider "snapstate" {\n  alias = "second"\n  owner = "second"\n}\nprovider "snapstate" {\n  alias = "other"\n  owner = "e2e"\n  connections = {\n    there = ${connection(other.vcsim)}\n  }\n}\n`,
          );
        const mine = snapshot(vm);
        const theirs = snapshot(vm, "provider = snapstate.second", "theirs");
        const away = snapshot(there, 'provider = snapstate.other\n  connection_name = "there"', "away");
        declare(mine + theirs + away);
        succeeds(await tofu.apply());
        assert.deepEqual(await site.names(vm), ["first", "first"]);
        assert.equal((await other.vcsim.control.vms())[0]?.snapshots.length, 1);
        assert.equal((await tofu.plan()).code, 0);
        const kept = tofu.state()["snapstate_snapshot.theirs"]?.platform_id;
        declare(theirs);
        succeeds(await tofu.apply());
        assert.deepEqual(
          (await site.snapshots(vm)).map(({ moref }) => moref),
          [kept],
        );
        assert.deepEqual((await other.vcsim.control.vms())[0]?.snapshots, []);
        succeeds(await tofu.destroy());
        assert.deepEqual(await site.names(vm), []);
      } finally {
        await other.close();
      }
    },
    TofuProject.open,
  );

  site.scenario("the schema, as tools read it", async (tofu, vm) => {
    tofu.declare(snapshot(vm));
    const { output } = succeeds(await tofu.run(["providers", "schema", "-json"]));
    const schemas = JSON.parse(output.slice(output.indexOf("{"))).provider_schemas as Record<string, Schemas>;
    const [schema] = Object.values(schemas).filter((one) => one.resource_schemas?.snapstate_snapshot);
    assert.ok(schema);
    assert.equal(Object.keys(schema.resource_schemas).length, 8);
    assert.equal(Object.keys(schema.data_source_schemas).length, 4);
    const settings = schema.provider.block.attributes.connections?.nested_type?.attributes ?? {};
    assert.deepEqual([settings.password?.sensitive, settings.username?.sensitive], [true, undefined]);
    const { attributes } = schema.resource_schemas.snapstate_snapshot?.block ?? { attributes: {} };
    assert.deepEqual([attributes.name?.required, attributes.id?.computed], [true, true]);
  });
});

interface Attribute {
  sensitive?: boolean;
  required?: boolean;
  computed?: boolean;
  nested_type?: { attributes: Record<string, Attribute> };
}

interface Block {
  block: { attributes: Record<string, Attribute> };
}

interface Schemas {
  provider: Block;
  resource_schemas: Record<string, Block>;
  data_source_schemas: Record<string, Block>;
}

describe("addresses in OpenTofu", () => {
  site.scenario("count goes from 0 to 1 and back", async (tofu, vm) => {
    for (const count of [0, 1, 0]) {
      tofu.declare(snapshot(vm, `count = ${count}`));
      succeeds(await tofu.apply());
      assert.equal((await site.names(vm)).length, count);
    }
  });

  site.scenario(
    "moved into a module and to an instance of for_each: nothing changes on the platform",
    async (tofu, vm) => {
      tofu.declare(snapshot(vm));
      succeeds(await tofu.apply());
      const [taken] = await site.snapshots(vm);
      mkdirSync(join(tofu.folder, "vm"));
      const each = (more: string) => `${SOURCE}${snapshot(vm, more)}`;
      const module = 'module "vm" {\n  source = "./vm"\n}\n';
      for (const [inside, from, to] of [
        ["", ONE, `module.vm.${ONE}`],
        ['  for_each = toset(["a"])', `module.vm.${ONE}`, `module.vm.${ONE}["a"]`],
      ] as const) {
        writeFileSync(join(tofu.folder, "vm", "main.tf"), each(inside));
        tofu.declare(`${module}moved {\n  from = ${from}\n  to   = ${to}\n}\n`);
        succeeds(await tofu.run(["get"]));
        const { output } = succeeds(await tofu.apply());
        assert.match(output, /0 added, 0 changed, 0 destroyed/);
      }
      assert.deepEqual(
        (await site.snapshots(vm)).map(({ moref }) => moref),
        [taken?.moref],
      );
      succeeds(await tofu.destroy());
      assert.deepEqual(await site.names(vm), []);
    },
  );

  site.scenario(
    "removed without a destroy stays on the platform, and is found again when declared again",
    async (tofu, vm) => {
      tofu.declare(snapshot(vm));
      succeeds(await tofu.apply());
      const [taken] = await site.snapshots(vm);
      tofu.declare(`removed {\n  from = ${ONE}\n  lifecycle {\n    destroy = false\n  }\n}\n`);
      succeeds(await tofu.apply());
      assert.deepEqual([tofu.state(), await site.names(vm)], [{}, ["first"]]);
      tofu.declare(snapshot(vm));
      succeeds(await tofu.apply());
      assert.deepEqual(
        (await site.snapshots(vm)).map(({ moref }) => moref),
        [taken?.moref],
      );
      succeeds(await tofu.destroy());
    },
  );

  site.scenario("import blocks with for_each", async (tofu, vm) => {
    const other = site.take();
    const vms = { a: vm, b: other };
    const ids = await Promise.all(
      Object.entries(vms).map(async ([key, { moref }]) => {
        const made = await site.control.createSnapshot(moref, { name: "by-hand" });
        return `    ${key} = "default/${moref}/${made}"`;
      }),
    );
    tofu.declare(
      `locals {\n  vms = {\n    a = "${vm.path}"\n    b = "${other.path}"\n  }\n  ids = {\n${ids.join("\n")}\n  }\n}\nimport {\n  for_each = local.ids\n  to = snapstate_snapshot.all[each.key]\n  id = each.value\n}\nresource "snapstate_snapshot" "all" {\n  for_each = local.vms\n  target = each.value\n  name = "by-hand"\n}\n`,
    );
    assert.match(succeeds(await tofu.apply()).output, /2 imported, 0 added, 0 changed, 0 destroyed/);
    assert.equal((await tofu.plan()).code, 0);
    succeeds(await tofu.destroy());
    assert.deepEqual([await site.names(vm), await site.names(other)], [[], []]);
  });
});

describe("OpenTofu's commands", () => {
  site.scenario("-refresh-only takes a change by hand into the state and changes nothing", async (tofu, vm) => {
    tofu.declare(snapshot(vm));
    succeeds(await tofu.apply());
    const [taken] = await site.snapshots(vm);
    await site.control.renameSnapshot(vm.moref, taken?.moref ?? "", { name: "yours" });
    succeeds(await tofu.apply("-refresh-only"));
    assert.deepEqual([tofu.state()[ONE]?.name, await site.names(vm)], ["yours", ["yours"]]);
    assert.deepEqual((await tofu.planned("-refresh=false")).changes[0]?.actions, ["update"]);
    await site.control.removeSnapshot(vm.moref, taken?.moref ?? "");
    succeeds(await tofu.apply("-refresh-only"));
    assert.deepEqual(tofu.state(), {});
  });

  site.scenario(
    "a timeout that is too short: what is left is found by the next apply, and is one",
    async (tofu, vm) => {
      await site.control.delay({ taskMs: 2500 });
      // The timeout in the state also applies to the next delete, which would wait for the task.
      const left = async (count: number) => {
        while ((await site.names(vm)).length !== count) await sleep(20);
      };
      const timeout = (time: string) => `  timeouts = {\n    create = "${time}"\n    delete = "${time}"\n  }`;
      tofu.declare(snapshot(vm, timeout("1s")));
      fails(await tofu.apply(), /not finished after 1 seconds/);
      assert.equal(tofu.state()[ONE]?.$status, "tainted");
      await site.control.delay({ taskMs: 15 });
      await left(1);
      succeeds(await tofu.apply());
      assert.deepEqual(
        (await site.snapshots(vm)).map(({ moref }) => moref),
        [tofu.state()[ONE]?.platform_id],
      );
      await site.control.delay({ taskMs: 2500 });
      fails(await tofu.destroy(), /not finished after 1 seconds/);
      assert.notEqual(tofu.state()[ONE], undefined);
      await site.control.delay({ taskMs: 15 });
      await left(0);
      succeeds(await tofu.destroy());
      assert.deepEqual(await site.names(vm), []);
    },
  );

  site.scenario("a check block asks a data source, and warns", async (tofu, vm) => {
    await site.control.createSnapshot(vm.moref, { name: "by hand" });
    const check = (expected: number) =>
      `check "chain" {\n  data "snapstate_snapshots" "all" {\n    target = "${vm.path}"\n  }\n  assert {\n    condition     = length(data.snapstate_snapshots.all.snapshots) == ${expected}\n    error_message = "there are other snapshots"\n  }\n}\n`;
    tofu.declare(check(1));
    assert.doesNotMatch(succeeds(await tofu.apply()).output, /assertion failed/);
    tofu.declare(check(0));
    assert.match(
      unwrapped(succeeds(await tofu.apply()).output),
      /Warning: Check block assertion failed.*other snapshots/,
    );
  });

  site.scenario("tofu test applies, asserts and destroys", async (tofu, vm) => {
    tofu.declare(`variable "name" {\n  default = "first"\n}\n${snapshot(vm).replace('"first"', "var.name")}`);
    const runs = [
      `run "taken" {\n  assert {\n    condition     = ${ONE}.name == "first"\n    error_message = "not taken"\n  }\n}`,
      `run "renamed" {\n  variables {\n    name = "second"\n  }\n  assert {\n    condition     = ${ONE}.name == "second"\n    error_message = "not renamed"\n  }\n}\n`,
    ];
    writeFileSync(join(tofu.folder, "life.tftest.hcl"), runs.join("\n"));
    assert.match(succeeds(await tofu.run(["test"])).output, /2 passed, 0 failed/);
    assert.equal((await site.control.calls()).CreateSnapshotEx_Task, 1);
    assert.deepEqual(await site.names(vm), []);
  });
});
