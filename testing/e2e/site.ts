import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type VspherePlatform, vsphere } from "../platforms/vsphere";
import type { Vcsim, VcsimSnapshot, VcsimVm } from "../vcsim/launcher";
import { flat } from "../vcsim/test-support";

/** The vCenter simulator of one test file; each test has its own VMs. */
export class Site {
  private running: VspherePlatform | undefined;
  private vms: VcsimVm[] = [];
  /** Why the simulator is unavailable. */
  private without: string | undefined;

  constructor(private readonly count: number) {
    before(() => this.start());
    after(() => this.running?.close());
  }

  get vcsim(): Vcsim {
    assert.ok(this.running, "the simulator does not run");
    return this.running.vcsim;
  }

  get control(): Vcsim["control"] {
    return this.vcsim.control;
  }

  /** An unused VM. */
  take(): VcsimVm {
    const vm = this.vms.shift();
    assert.ok(vm, `there are only ${this.count} VMs`);
    return vm;
  }

  /** Registers a test, after which the simulator's faults are removed. */
  test(name: string, work: (vm: VcsimVm) => Promise<void>): void {
    it(name, async (t) => {
      if (this.without) return t.skip(this.without);
      try {
        await this.control.journal({ reset: true });
        await this.control.calls({ reset: true });
        await work(this.take());
      } finally {
        await this.control.rules();
        await this.control.delay({ callMs: 0, taskMs: 0 });
      }
    });
  }

  /** The VM's current state; `all` are its snapshots without their tree. */
  async now({ moref }: VcsimVm): Promise<VcsimVm & { all: VcsimSnapshot[] }> {
    const found = (await this.control.vms()).find((vm) => vm.moref === moref);
    assert.ok(found, `there is no VM ${moref} any more`);
    return { ...found, all: flat(found.snapshots) };
  }

  /** Calls of the method since `before`. @default since the start of the test */
  async untilCalled(method: string, before = 0): Promise<void> {
    const end = Date.now() + 60_000;
    while (((await this.control.calls())[method] ?? 0) <= before) {
      assert.ok(Date.now() < end, `${method} was not called`);
      await sleep(20);
    }
  }

  private async start(): Promise<void> {
    const started = await vsphere(this.count, { autostart: true });
    if (typeof started === "string") {
      this.without = started;
      return;
    }
    this.running = started;
    await started.taskTime(0);
    this.vms = await this.control.vms();
  }
}
