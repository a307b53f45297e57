import assert from "node:assert/strict";
import { after, afterEach, before, describe, it, type TestContext } from "node:test";
import type { VsphereDriver } from "../../provider/platforms/vsphere/driver";
import { checkTarget } from "../../provider/resources/queries/check-target";
import { snapshot } from "../../provider/resources/snapshot";
import { testContext } from "../memory-driver/context";
import { startVcsim, type Vcsim, type VcsimHardware, type VcsimVm } from "../vcsim/launcher";
import { missing } from "../vcsim/test-support";
import { testCall } from "./call";
import { vcsimDriver } from "./vcsim-driver";

const PROFILE = "grid_t4-8q";

describe("devices that may exclude snapshots, on the simulator", () => {
  let vcsim: Vcsim | string;
  let unused: VcsimVm[];
  let driver: VsphereDriver | undefined;

  before(async () => {
    vcsim = await startVcsim({ vms: 12 }).catch(missing);
    if (typeof vcsim !== "string") unused = await vcsim.control.vms();
  });
  afterEach(async () => {
    await driver?.close();
    if (typeof vcsim !== "string") await vcsim.control.rules();
  });
  after(async () => {
    if (typeof vcsim !== "string") await vcsim.stop();
  });

  interface Bench {
    sim: Vcsim;
    vm: VcsimVm;
    check(): ReturnType<typeof checkTarget>;
    /** Takes a snapshot regardless of the preview. @returns the preview's messages, and the result of the create */
    up(memory?: boolean): Promise<{ warnings: string[]; refusals: string; error?: string }>;
  }

  function on(
    title: string,
    power: "on" | "off" | "suspended",
    hardware: VcsimHardware,
    run: (b: Bench) => Promise<void>,
  ) {
    it(title, async (t: TestContext) => {
      if (typeof vcsim === "string") return t.skip(vcsim);
      const { control } = vcsim;
      const vm = unused.shift();
      assert.ok(vm, "the simulator has too few VMs");
      await control.power(vm.moref, power);
      await control.setHardware(vm.moref, hardware);
      driver = vcsimDriver(vcsim);
      const context = testContext(driver);
      const up = async (memory = false) => {
        const { inputs, failures, warnings } = await snapshot.check(undefined, { target: vm.name, memory }, context);
        const refusals = failures.map(({ reason }) => reason).join();
        const error = await snapshot.create(inputs, context).then(
          () => undefined,
          ({ message }: Error) => message,
        );
        return { warnings, refusals, ...(error === undefined ? {} : { error }) };
      };
      await run({ sim: vcsim, vm, up, check: () => checkTarget({ connection: "default", target: vm.name }, context) });
    });
  }

  on("takes a snapshot of a VM that is off and has a vGPU", "off", { vgpu: PROFILE }, async ({ check, up, sim }) => {
    await sim.control.calls({ reset: true });
    const { ready, findings } = await check();
    assert.deepEqual([ready, findings.filter(({ message }) => /vGPU/.test(message))], [true, []]);
    const { warnings, error } = await up();
    assert.equal(error, undefined);
    assert.doesNotMatch(warnings.join(), /vGPU/);
  });

  on(
    "believes the host of a running vGPU",
    "on",
    { vgpu: PROFILE, hostGpu: { disk: true, memory: false } },
    async (bench) => {
      const { ready, memoryReady } = await bench.check();
      assert.deepEqual([ready, memoryReady], [true, false]);
      assert.match((await bench.up(true)).error ?? "", /cannot snapshot with memory/);
      const { warnings, error } = await bench.up();
      assert.equal(error, undefined);
      assert.doesNotMatch(warnings.join(), /vGPU/);
    },
  );

  on(
    "refuses what the host of a running vGPU denies, before it asks",
    "on",
    { vgpu: PROFILE, hostGpu: { disk: false, memory: false } },
    async (bench) => {
      await bench.sim.control.calls({ reset: true });
      const { refusals, error } = await bench.up();
      assert.match(refusals, /grid_t4-8q.*Power the VM off first/);
      assert.match(error ?? "", /refused before anything was changed.*grid_t4-8q/);
      assert.equal((await bench.sim.control.calls()).CreateSnapshotEx_Task, undefined);
    },
  );

  on(
    "warns, and leaves it to the platform, where the host may not be read",
    "on",
    { vgpu: "unknown-profile" },
    async (bench) => {
      const { ready, findings } = await bench.check();
      assert.equal(ready, true);
      assert.ok(findings.some(({ severity, message }) => severity === "warning" && /could not be read/.test(message)));
      const { warnings, error } = await bench.up();
      assert.match(warnings.join(), /unknown-profile.*could not be read/);
      assert.equal(error, undefined);
    },
  );

  on("refuses a passthrough device of a running VM", "on", { passthrough: true }, async ({ up }) => {
    assert.match((await up()).error ?? "", /PCI passthrough.*while the VM is not off/);
  });

  on(
    "warns of a passthrough device of a VM that is off, and tells the platform's refusal",
    "off",
    { passthrough: true },
    async ({ up, sim, vm }) => {
      const { warnings, error } = await up();
      assert.match(warnings.join(), /PCI passthrough.*may exclude/);
      assert.match(error ?? "", /SnapshotIncompatibleDeviceInVm/);
      assert.deepEqual((await sim.control.vms()).find(({ moref }) => moref === vm.moref)?.snapshots, []);
    },
  );

  on("refuses a disk that others write to", "off", { diskSharing: "sharingMultiWriter" }, async ({ up }) => {
    assert.match((await up()).error ?? "", /multi-writer/);
  });

  on(
    "takes one beside a shared disk that is independent, and says what is not in it",
    "on",
    { diskSharing: "sharingMultiWriter", diskMode: "independent_persistent" },
    async ({ up, check }) => {
      assert.match((await check()).advice.join(), /independent disk: no snapshot covers it/);
      assert.equal((await up()).error, undefined);
    },
  );

  on("refuses what Fault Tolerance protects", "on", { faultTolerant: true }, async ({ up, check }) => {
    assert.equal((await check()).ready, false);
    assert.match((await up()).error ?? "", /Fault Tolerance/);
  });

  on(
    "reads the devices of neighbours, and asks the hosts of those with a running vGPU for themselves",
    "on",
    { vgpu: PROFILE, hostGpu: { disk: true, memory: true } },
    async ({ vm }) => {
      const observation = (freshness: "recent" | "fresh") =>
        driver?.inspect("snapshot", vm.moref, testCall(), { readiness: true, freshness });
      for (const one of unused)
        await driver?.inspect("snapshot", one.moref, testCall(), { readiness: true, freshness: "recent" });
      assert.deepEqual((await observation("recent"))?.blockers, (await observation("fresh"))?.blockers);
    },
  );
});
