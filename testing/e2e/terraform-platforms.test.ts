import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { snakeCase } from "../../provider/adapters/terraform/types";
import { platforms } from "../platforms";
import { cloudstack } from "../platforms/cloudstack";
import type { RunningPlatform, Target } from "../platforms/harness";
import { ovhVps } from "../platforms/ovh-vps";
import { TofuProject } from "./tofu";
import { fails, succeeds, unwrapped } from "./tofu-site";

/** A provider block with the connection's settings. */
function providerBlock(connection: Record<string, unknown>): string {
  const settings = Object.entries(connection).map(
    ([key, value]) => `      ${snakeCase(key)} = ${JSON.stringify(value)}`,
  );
  return `provider "snapstate" {\n  owner = "e2e"\n  connections = {\n    default = {\n${settings.join("\n")}\n    }\n  }\n}\n`;
}

for (const [title, open] of platforms(4)) {
  describe(`${title} on OpenTofu`, () => {
    let platform: RunningPlatform | string;
    before(async () => {
      platform = await open();
    });
    after(async () => {
      if (typeof platform !== "string") await platform.close();
    });

    it("one is planned, taken, kept, found missing, taken again, replaced and removed; a foreign one stays", async (t) => {
      if (typeof platform === "string") return t.skip(platform);
      const { kind, connection, edits, single } = platform;
      const target = await platform.newTarget();
      const type = kind === "snapshot" ? "snapstate_snapshot" : "snapstate_recovery_point";
      const tofu = await TofuProject.attached();
      const declare = (more = "") =>
        tofu.declare(
          `resource "${type}" "one" {\n  target = "${target.id}"\n  name = "before"\n${more}\n}\n`,
          providerBlock(connection),
        );
      const count = async (of: Target = target) => (await (platform as RunningPlatform).snapshots(of)).length;
      try {
        const foreign = single ? 0 : 1;
        if (!single) await platform.takeForeign(target);
        declare();
        const planned = await tofu.plan();
        assert.equal(planned.code, 2, planned.output);
        assert.equal(await count(), foreign);
        succeeds(await tofu.apply());
        assert.equal(await count(), foreign + 1);
        const again = await tofu.plan();
        assert.equal(again.code, 0, again.output);
        if (edits) {
          declare('  description = "why"');
          succeeds(await tofu.apply());
          assert.equal((await tofu.plan()).code, 0);
        }
        declare('  triggers = ["v2"]');
        succeeds(await tofu.apply());
        assert.equal(await count(), foreign + 1);
        assert.equal((await tofu.plan()).code, 0);
        succeeds(await tofu.destroy());
        assert.equal(await count(), foreign);
      } finally {
        tofu.remove();
      }
    });
  });
}

describe("what CloudStack makes of a snapshot, on OpenTofu", () => {
  it("a template and a volume from a snapshot, attached, detached and removed", async () => {
    const platform = await cloudstack("snapshot");
    const tofu = await TofuProject.attached();
    const { state } = platform.simulator;
    try {
      const vm = platform.simulator.addVm({ name: "web", powerState: "Stopped", root: { name: "root" } });
      const [root] = platform.simulator.volumesOf(vm);
      const declare = (attach = "") =>
        tofu.declare(
          `resource "snapstate_snapshot" "root" {\n  target = "${root?.id}"\n  name = "golden"\n}\nresource "snapstate_template" "golden" {\n  snapshot = snapstate_snapshot.root.id\n  name = "golden"\n}\nresource "snapstate_volume" "data" {\n  snapshot = snapstate_snapshot.root.platform_id\n  name = "copy"\n${attach}\n}\n`,
          providerBlock(platform.connection),
        );
      declare(`  attach_to = "${vm.id}"`);
      succeeds(await tofu.apply());
      assert.equal(tofu.state()["snapstate_template.golden"]?.ready, true);
      assert.equal(tofu.state()["snapstate_volume.data"]?.attached_to, vm.id);
      assert.equal((await tofu.plan()).code, 0);
      declare();
      succeeds(await tofu.apply());
      assert.equal(tofu.state()["snapstate_volume.data"]?.attached_to, "");
      succeeds(await tofu.destroy());
      assert.equal(state.snapshots.filter((row) => row.state !== "Destroyed").length, 0);
    } finally {
      tofu.remove();
      await platform.close();
    }
  });
});

describe("OVHcloud's paid option, on OpenTofu", () => {
  it("is bought before the snapshot that needs it, within its price, and kept", async () => {
    const platform = await ovhVps();
    const tofu = await TofuProject.attached();
    const { simulator } = platform;
    try {
      const target = await platform.newTarget();
      simulator.account.vps.get(target.id)?.options.clear();
      const declare = (price: number) =>
        tofu.declare(
          `resource "snapstate_snapshot_option" "paid" {\n  target = "${target.name}"\n  policy = "order"\n  max_price = {\n    amount = ${price}\n    currency = "EUR"\n  }\n}\nresource "snapstate_snapshot" "one" {\n  target = "${target.name}"\n  name = "before"\n  depends_on = [snapstate_snapshot_option.paid]\n}\n`,
          providerBlock(platform.connection),
        );
      declare(1);
      fails(await tofu.apply(), /more than|1\.00 EUR/);
      assert.equal(simulator.carts.orders.length, 0);
      declare(3);
      assert.match(unwrapped((await tofu.plan()).output), /about to be ordered and paid/);
      assert.equal(simulator.carts.orders.length, 0);
      succeeds(await tofu.apply());
      assert.equal(simulator.carts.orders.length, 1);
      assert.equal((await platform.snapshots(target)).length, 1);
      assert.equal((await tofu.plan()).code, 0);
      assert.match(unwrapped(succeeds(await tofu.destroy()).output), /continues to cost/);
      assert.equal((await platform.snapshots(target)).length, 0);
    } finally {
      tofu.remove();
      await platform.close();
    }
  });
});
