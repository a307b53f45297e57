import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { CloudStackDriver } from "../../provider/platforms/cloudstack/driver";
import { restore } from "../../provider/resources/restore";
import { testContext } from "../memory-driver/context";
import { CloudStackSimulator } from "../simulators/cloudstack";
import { cloudstackDriver } from "./cloudstack-driver";

describe("Restore of a running VM on KVM", () => {
  const cloud = new CloudStackSimulator({ jobTime: 10 });
  let driver: CloudStackDriver;
  before(async () => {
    await cloud.listen();
    driver = cloudstackDriver(cloud);
  });
  after(async () => {
    await driver.close();
    await cloud.close();
  });

  it("includes the memory in the safety snapshot, which CloudStack takes in no other way, and says so beforehand", async () => {
    const vm = cloud.addVm({ name: "web", powerState: "Running", driver: "KVM" });
    const before = cloud.addVmSnapshot(vm, { displayName: "before", type: "DiskAndMemory" });
    const context = testContext(driver);
    const news = { target: "web", kind: "recovery-point", snapshot: "before", triggers: ["1"] };
    const { inputs, failures, warnings } = await restore.check(undefined, news, context);
    assert.deepEqual(failures, []);
    assert.match(warnings.join(), /The safety snapshot includes the memory/);
    assert.doesNotMatch(warnings.join(), /will be refused|cloudstack CloudStack/);
    const { outputs } = await restore.create(inputs, context);
    assert.equal(outputs.restoredFrom, before.id);
    const [, safety] = cloud.state.vmSnapshotsOf(vm);
    assert.deepEqual([safety?.type, safety?.state, before.current], ["DiskAndMemory", "Ready", true]);
  });
});
