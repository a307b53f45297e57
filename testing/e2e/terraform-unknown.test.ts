import assert from "node:assert/strict";
import { describe } from "node:test";
import { fails, succeeds, TofuSite } from "./tofu-site";

const site = new TofuSite(12);

describe("values that OpenTofu learns late, and states it was left with", () => {
  site.scenario("target, texts and nested values of another resource are unknown in the plan", async (tofu, vm) => {
    const declared = (word: string) =>
      `resource "terraform_data" "late" {\n  input = { path = "${vm.path}", word = "${word}", hours = "72h" }\n}\n` +
      `resource "snapstate_snapshot" "one" {\n  target = terraform_data.late.output.path\n  name = "before-\${terraform_data.late.output.word}"\n` +
      "  description = terraform_data.late.output.word\n  triggers = [terraform_data.late.output.word]\n" +
      "  limits = {\n    max_age = terraform_data.late.output.hours\n  }\n  timeouts = {\n    create = terraform_data.late.output.hours\n  }\n}\n";
    tofu.declare(declared("a"));
    assert.equal((await tofu.plan()).code, 2);
    succeeds(await tofu.run(["apply", "-input=false", "plan"]));
    assert.deepEqual(await site.names(vm), ["before-a"]);
    assert.equal((await tofu.plan()).code, 0);
    // The other resource changes in place, so that the target is unknown too, and this one is replaced.
    tofu.declare(declared("b"));
    assert.equal((await tofu.plan()).code, 2);
    succeeds(await tofu.run(["apply", "-input=false", "plan"]));
    assert.deepEqual(await site.names(vm), ["before-b"]);
    assert.equal((await tofu.plan()).code, 0);
    succeeds(await tofu.destroy());
    assert.deepEqual(await site.names(vm), []);
  });

  site.scenario("a tainted one is replaced, -target takes one of two, and names can be swapped", async (tofu, vm) => {
    const two = (first: string, second: string) =>
      [first, second]
        .map(
          (name, at) =>
            `resource "snapstate_snapshot" "r${at}" {\n  target = "${vm.path}"\n  name = "${name}"\n  description = ""\n}\n`,
        )
        .join("");
    tofu.declare(two("x", "y"));
    succeeds(await tofu.apply("-target=snapstate_snapshot.r0"));
    assert.deepEqual(await site.names(vm), ["x"]);
    succeeds(await tofu.apply());
    assert.equal((await tofu.plan()).code, 0);
    const [old] = (await site.snapshots(vm)).filter(({ name }) => name === "x");
    succeeds(await tofu.run(["taint", "snapstate_snapshot.r0"]));
    succeeds(await tofu.apply());
    const [fresh] = (await site.snapshots(vm)).filter(({ name }) => name === "x");
    assert.notEqual(fresh?.moref, old?.moref);
    tofu.declare(two("y", "x"));
    succeeds(await tofu.apply());
    assert.equal(tofu.state()["snapstate_snapshot.r0"]?.platform_id, fresh?.moref);
    assert.equal((await tofu.plan()).code, 0);
    succeeds(await tofu.apply("-refresh=false", "-replace=snapstate_snapshot.r1"));
    assert.deepEqual((await site.names(vm)).sort(), ["x", "y"]);
    assert.equal((await tofu.plan()).code, 0);
    succeeds(await tofu.destroy());
    assert.deepEqual(await site.names(vm), []);
  });

  site.scenario("count makes two of one identity: refused, nothing taken", async (tofu, vm) => {
    tofu.declare(`resource "snapstate_snapshot" "one" {\n  count = 2\n  target = "${vm.path}"\n  name = "same"\n}\n`);
    fails(await tofu.plan(), /two resources of this configuration are snapstate_snapshot "same"/);
    assert.deepEqual(await site.names(vm), []);
  });
});
