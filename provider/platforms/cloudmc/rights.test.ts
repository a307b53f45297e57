import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { testCall } from "../../../testing/contract/call";
import { tableOf } from "../../../testing/docs/markdown";
import { CloudmcSimulator } from "../../../testing/simulators/cloudmc";
import { packageRoot } from "../../../testing/support/package-root";
import { CloudmcDriver } from "./driver";
import { cloudmcSettings } from "./settings";

const page = readFileSync(join(packageRoot(__dirname), "docs", "platforms", "cloudmc.md"), "utf8");

it("the calls on the page of CloudMC are those that the driver makes, and no others", async () => {
  const documented = tableOf(page, "Call").rows.flatMap(({ Call = "" }) =>
    [...Call.matchAll(/`([^`]+)`/g)].map(([, call]) => call as string),
  );
  const simulator = new CloudmcSimulator({ taskTime: 5 });
  await simulator.listen();
  const { platform: _, ...connection } = simulator.connection;
  const call = testCall();
  const spec = { name: "one", description: "", ownership: { marker: "m7".repeat(13) }, memory: false };
  const disk = simulator.state.addVolume("data", "DATA");
  const instance = simulator.state.addInstance("web", [], "Stopped");
  try {
    for (const createSnapshotOn of ["volume", "snapshots"] as const) {
      const settings = cloudmcSettings.parse({ ...connection, pollInterval: "10ms", profile: { createSnapshotOn } });
      const driver = new CloudmcDriver(settings);
      await driver.findTarget("snapshot", { by: "any", value: "data" }, call);
      const snapshot = { targetId: disk.id, ...(await driver.createSnapshot("snapshot", disk.id, spec, call)) };
      await driver.inspect("snapshot", disk.id, call, { readiness: true });
      for (const kind of ["template", "volume"] as const) {
        const copy = { snapshotId: snapshot.snapshotId, name: kind, description: "", ownership: spec.ownership };
        const id = await driver.derived.create(kind, copy as never, call);
        await driver.derived.settle(kind, id, call);
        await driver.derived.list(kind, call);
        await driver.derived.read(kind, id, call);
        if (kind === "volume") {
          await driver.derived.attach(id, instance.id, call);
          await driver.derived.attach(id, undefined, call);
        }
        await driver.derived.remove(kind, id, call);
      }
      await driver.removeSnapshot("snapshot", snapshot, { removeChildren: false, consolidate: true }, call);
      const whole = await driver.createSnapshot("recovery-point", instance.id, spec, call);
      const recovery = { targetId: instance.id, ...whole };
      await driver.inspect("recovery-point", instance.id, call, { readiness: true });
      await driver.revertToSnapshot("recovery-point", recovery, { suppressPowerOn: false }, call);
      await driver.removeSnapshot("recovery-point", recovery, { removeChildren: false, consolidate: true }, call);
      for (const kind of ["snapshot", "recovery-point"] as const) {
        await assert.rejects(driver.inspect(kind, "00000000-0000-4000-8000-000000000000", call, { readiness: false }));
      }
      await driver.close();
    }
    const made = simulator.calls.map(({ method, path, query }) => {
      const route = path.replace("/api/v1/services/compute/test", "").replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, ":id");
      const operation = query.get("operation");
      return `${method} ${route}${operation === null ? "" : `?operation=${operation}`}`;
    });
    const wanted = new Set(made.filter((one) => !one.includes("/tasks/")));
    assert.deepEqual([...documented].sort(), [...wanted].sort());
    assert.deepEqual(
      simulator.calls.filter(({ status }) => status === 405),
      [],
    );
  } finally {
    await simulator.close();
  }
});
