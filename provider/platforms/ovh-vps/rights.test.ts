import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { testCall } from "../../../testing/contract/call";
import { testDriver } from "../../../testing/contract/ovh-vps-driver";
import { code, tableOf } from "../../../testing/docs/markdown";
import { OvhVpsSimulator } from "../../../testing/simulators/ovh-vps";
import { packageRoot } from "../../../testing/support/package-root";

const page = readFileSync(join(packageRoot(__dirname), "docs", "platforms", "ovh-vps.md"), "utf8");

it("the rights on the page of OVHcloud VPS are enough for a whole life of a snapshot, and each is needed", async () => {
  const rules = tableOf(page, "Call").rows.map((row) => {
    const [method = "", path = ""] = code(row.Call).split(" ");
    return { method, path };
  });
  const simulator = new OvhVpsSimulator({ rules });
  await simulator.listen();
  const driver = testDriver(simulator.connection, { abortOnCancel: true });
  const vps = simulator.account.add({ displayName: "web" });
  vps.options.set("automatedBackup", "subscribed");
  vps.automatedBackup.snapshots = [{ time: "2026-11-20T02:00:00+01:00", state: "available" }];
  const targetId = vps.serviceName;
  const call = testCall();
  try {
    await driver.installation(call);
    await driver.findTarget("snapshot", { by: "any", value: "web" }, call);
    const spec = { name: "one", description: "", memory: false };
    const take = async () => ({ targetId, ...(await driver.createSnapshot("snapshot", targetId, spec, call)) });
    const first = await take();
    await driver.editSnapshot("snapshot", first, { text: { description: "words" } }, call);
    await driver.download.locate(first, call);
    await driver.removeSnapshot("snapshot", first, { removeChildren: false }, call);
    const second = await take();
    await driver.revertToSnapshot("snapshot", second, {}, call);
    assert.ok(await driver.consumedAt("snapshot", second, call));
    await driver.inspect("recovery-point", targetId, call, { readiness: true });
    await driver.revertToSnapshot("recovery-point", { targetId, snapshotId: "2026-11-20T02:00:00+01:00" }, {}, call);
    vps.options.delete("snapshot");
    const { blockers } = await driver.inspect("snapshot", targetId, call, { readiness: true });
    assert.match(blockers[0]?.message ?? "", /2\.39 EUR/);
    vps.options.set("snapshot", "subscribed");
    simulator.tasks.times.task = 200;
    await assert.rejects(driver.createSnapshot("snapshot", targetId, spec, testCall({ milliseconds: 150 })));
    assert.deepEqual(
      simulator.calls.filter(({ status }) => status === 403),
      [],
    );
    const used = (rule: { method: string; path: string }) => {
      const pattern = new RegExp(`^/1\\.0${rule.path.replaceAll("*", ".*")}$`);
      return simulator.calls.some(({ method, path }) => method === rule.method && pattern.test(path));
    };
    assert.deepEqual(
      rules.filter((rule) => !used(rule)),
      [],
    );
  } finally {
    await driver.close();
    await simulator.close();
  }
});
