import assert from "node:assert/strict";
import { createServer } from "node:net";
import { after, before, describe, it, type TestContext } from "node:test";
import type { Driver } from "../../provider/platforms/contract";
import type { Values } from "../../provider/resources";
import { recoveryPoint, snapshot } from "../../provider/resources/snapshot";
import { testContext } from "../memory-driver/context";
import { CloudStackSimulator } from "../simulators/cloudstack";
import { startVcsim, type Vcsim, type VcsimVm } from "../vcsim/launcher";
import { missing } from "../vcsim/test-support";
import { cloudstackDriver } from "./cloudstack-driver";
import { vcsimDriver } from "./vcsim-driver";

/** The findings of a preview of a new resource. */
async function preview(driver: Driver, news: Values, lifecycle = snapshot) {
  try {
    const { failures, warnings } = await lifecycle.check(undefined, news, testContext(driver));
    return { refusals: failures.map(({ property, reason }) => `${property}: ${reason}`).join("\n"), warnings };
  } finally {
    await driver.close();
  }
}

/** A local port without a listener. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("what a preview refuses on vSphere, on the simulator", () => {
  let vcsim: Vcsim | string;
  let vm: VcsimVm;

  before(async () => {
    vcsim = await startVcsim({ vms: 4 }).catch(missing);
    if (typeof vcsim !== "string") vm = (await vcsim.control.vms())[0] as VcsimVm;
  });
  after(async () => {
    if (typeof vcsim !== "string") await vcsim.stop();
  });

  function on(title: string, run: (sim: Vcsim) => Promise<void>): void {
    it(title, (t: TestContext) => (typeof vcsim === "string" ? t.skip(vcsim) : run(vcsim)));
  }

  on("a login and a certificate that are refused", async (sim) => {
    const news = { target: vm.name };
    assert.match((await preview(vcsimDriver(sim, { password: "wrong" }), news)).refusals, /^connection: /);
    const fingerprint = "AA:".repeat(31).concat("AA");
    assert.match((await preview(vcsimDriver(sim, { fingerprint }), news)).refusals, /^connection: .*fingerprint/);
    assert.match((await preview(vcsimDriver(sim, { fingerprint: undefined }), news)).refusals, /^connection: /);
    assert.equal((await preview(vcsimDriver(sim), news)).refusals, "");
  });

  on("not a server that cannot be reached", async (sim) => {
    const elsewhere = vcsimDriver(sim, { endpoint: `127.0.0.1:${await closedPort()}` });
    const { refusals, warnings } = await preview(elsewhere, { target: vm.name, timeouts: { read: "2s" } });
    assert.deepEqual([refusals, warnings.length], ["", 1]);
  });

  on("a selector that no VM can match, and not one that a VM to come may match", async (sim) => {
    const never = [{ id: "web" }, { id: "snapshot-12" }, { instanceUuid: "web" }, { biosUuid: "42" }, { path: "web" }];
    for (const target of never) {
      assert.match(
        (await preview(vcsimDriver(sim), { target })).refusals,
        /^target: .* is not an? /,
        JSON.stringify(target),
      );
    }
    const yet = ["new", "/DC0/vm/new", { name: "new" }, { id: "vm-99999" }, { path: "DC0/vm/new" }];
    for (const target of [...yet, { instanceUuid: "5026a6f0-0000-4000-8000-000000000000" }]) {
      const { refusals, warnings } = await preview(vcsimDriver(sim), { target });
      assert.equal(refusals, "", JSON.stringify(target));
      assert.match(warnings.join(), /not found; up fails unless this program creates it/);
    }
  });

  on("a name that is longer than its own", async (sim) => {
    const of = (length: number) => preview(vcsimDriver(sim), { target: vm.name, name: "n".repeat(length) });
    assert.match((await of(81)).refusals, /^name: has 81 characters, and the platform takes 80 \(vsphere\)/);
    assert.equal((await of(80)).refusals, "");
  });
});

describe("what a preview refuses on CloudStack, on the simulator", () => {
  let cloud: CloudStackSimulator;

  before(async () => {
    cloud = new CloudStackSimulator();
    await cloud.listen();
    cloud.addVm({ name: "web" });
  });
  after(() => cloud.close());

  it("keys that are refused", async () => {
    const { refusals } = await preview(cloudstackDriver(cloud, { secretKey: "wrong" }), { target: "web/ROOT" });
    assert.match(refusals, /^connection: /);
  });

  it("a selector that nothing can match", async () => {
    for (const target of [{ id: "web" }, { biosUuid: "x" }, { instanceUuid: "x" }, { path: "web" }]) {
      const { refusals } = await preview(cloudstackDriver(cloud), { target });
      assert.match(refusals, /^target: /, JSON.stringify(target));
    }
    const { warnings } = await preview(cloudstackDriver(cloud), { target: { path: "new/ROOT" } });
    assert.match(warnings.join(), /not found; up fails/);
  });

  it("a name that leaves no room for the marker, where both share one text", async () => {
    const of = (length: number, lifecycle = snapshot) => {
      const target = lifecycle === snapshot ? "web/ROOT" : "web";
      return preview(cloudstackDriver(cloud), { target, name: "n".repeat(length) }, lifecycle);
    };
    assert.match((await of(217)).refusals, /^name: has 217 characters, and the platform takes 216/);
    assert.equal((await of(216)).refusals, "");
    assert.match((await of(256, recoveryPoint)).refusals, /^name: .*takes 255/);
    assert.equal((await of(255, recoveryPoint)).refusals, "");
  });
});
