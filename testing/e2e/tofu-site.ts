import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { type VspherePlatform, vsphere } from "../platforms/vsphere";
import type { VcsimSnapshot, VcsimVm } from "../vcsim/launcher";
import { TofuProject, type TofuResult } from "./tofu";

/** The vCenter simulator of one file of scenarios on OpenTofu, each of which has a project and VMs of its own. */
export class TofuSite {
  private running: VspherePlatform | undefined;
  private vms: VcsimVm[] = [];
  private without: string | undefined;

  constructor(vms: number) {
    before(async () => {
      const started = await vsphere(vms, { autostart: true });
      if (typeof started === "string") this.without = started;
      else this.running = started;
      this.vms = (await this.running?.vcsim.control.vms()) ?? [];
    });
    after(() => this.running?.close());
  }

  get control() {
    return this.vcsim.control;
  }

  get vcsim() {
    assert.ok(this.running, "the simulator does not run");
    return this.running.vcsim;
  }

  /** The connection `default`, by variables of the environment. */
  get environment(): NodeJS.ProcessEnv {
    const { host, port, username, password, fingerprint } = this.vcsim;
    return {
      SNAPSTATE_DEFAULT_PLATFORM: "vsphere",
      SNAPSTATE_DEFAULT_ENDPOINT: `${host}:${port}`,
      SNAPSTATE_DEFAULT_USERNAME: username,
      SNAPSTATE_DEFAULT_PASSWORD: password,
      SNAPSTATE_DEFAULT_FINGERPRINT: fingerprint,
    };
  }

  take(): VcsimVm {
    const vm = this.vms.shift();
    assert.ok(vm, "there are too few VMs");
    return vm;
  }

  scenario(name: string, work: (project: TofuProject, vm: VcsimVm) => Promise<void>): void {
    it(name, async (t) => {
      if (this.without) return t.skip(this.without);
      const project = await TofuProject.open(this.environment);
      try {
        await this.control.calls({ reset: true });
        await work(project, this.take());
      } finally {
        await this.control.rules();
        await this.control.delay({ callMs: 0, taskMs: 15 });
        project.remove();
      }
    });
  }

  async snapshots({ moref }: VcsimVm): Promise<VcsimSnapshot[]> {
    const vm = (await this.control.vms()).find((one) => one.moref === moref);
    return flat(vm?.snapshots ?? []);
  }

  async names(vm: VcsimVm): Promise<string[]> {
    return (await this.snapshots(vm)).map(({ name }) => name);
  }

  async untilCalled(method: string): Promise<void> {
    const end = Date.now() + 60_000;
    while (((await this.control.calls())[method] ?? 0) === 0) {
      assert.ok(Date.now() < end, `${method} was not called`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

export function succeeds(result: TofuResult): TofuResult {
  assert.equal(result.code, 0, result.output);
  return result;
}

export function fails(result: TofuResult, expected: RegExp): void {
  assert.equal(result.code, 1, result.output);
  assert.match(unwrapped(result.output), expected);
}

/** OpenTofu breaks its lines, and draws a frame around them. */
export function unwrapped(output: string): string {
  return output.replace(/[│╷╵]/g, " ").replace(/\s+/g, " ");
}

function flat(snapshots: readonly VcsimSnapshot[]): VcsimSnapshot[] {
  return snapshots.flatMap((one) => [one, ...flat(one.children)]);
}
