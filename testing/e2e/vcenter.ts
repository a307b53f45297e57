import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type VspherePlatform, vsphere } from "../platforms/vsphere";
import type { Vcsim, VcsimSnapshot, VcsimVm } from "../vcsim/launcher";
import { text } from "./outcome";
import { type Adapter, type CliStack, newStack, type Outcome } from "./stack";

export { text } from "./outcome";

export const BOTH: readonly Adapter[] = ["dynamic", "plugin"];

type Work = (stack: CliStack, vm: VcsimVm, adapter: Adapter) => Promise<void>;

/** The vCenter simulator of one file of scenarios, each of which has VMs of its own. */
export class Vcenter {
  private running: VspherePlatform | undefined;
  private vms: VcsimVm[] = [];
  /** Why there is none. */
  private without: string | undefined;

  /** @param adapter of the scenarios that do not name theirs. @default "dynamic" */
  constructor(private readonly options: { vms: number; adapter?: Adapter }) {
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

  /** A VM that no scenario has had. */
  take(): VcsimVm {
    const vm = this.vms.shift();
    assert.ok(vm, `there are only ${this.options.vms} VMs`);
    return vm;
  }

  /** One scenario, after which the simulator answers as usual again; over each of the adapters, where the adapter matters. */
  scenario(name: string, work: Work, adapters: readonly Adapter[] = [this.options.adapter ?? "dynamic"]): void {
    for (const adapter of adapters) {
      it(adapters.length > 1 ? `${name} (${adapter})` : name, async (t) => {
        if (this.without) return t.skip(this.without);
        const stack = newStack(this.vcsim, { adapter });
        try {
          await this.control.journal({ reset: true });
          await this.control.calls({ reset: true });
          await work(stack, this.take(), adapter);
        } finally {
          await this.control.rules();
          await this.control.delay({ callMs: 0, taskMs: 0 });
          stack.remove();
        }
      });
    }
  }

  /** The VM as it is now; `all` are its snapshots without their tree. */
  async now({ moref }: VcsimVm): Promise<VcsimVm & { all: VcsimSnapshot[] }> {
    const found = (await this.control.vms()).find((vm) => vm.moref === moref);
    assert.ok(found, `there is no VM ${moref} any more`);
    return { ...found, all: flat(found.snapshots) };
  }

  /** Calls of the method since `before`, by default those of the scenario. */
  async untilCalled(method: string, before = 0): Promise<void> {
    const end = Date.now() + 60_000;
    while (((await this.control.calls())[method] ?? 0) <= before) {
      assert.ok(Date.now() < end, `${method} was not called`);
      await sleep(20);
    }
  }

  private async start(): Promise<void> {
    const started = await vsphere(this.options.vms, { autostart: true });
    if (typeof started === "string") {
      this.without = started;
      return;
    }
    this.running = started;
    await started.taskTime(0);
    this.vms = await this.control.vms();
  }
}

function flat(list: VcsimSnapshot[]): VcsimSnapshot[] {
  return list.flatMap((one) => [one, ...flat(one.children)]);
}

export async function succeed(run: Promise<Outcome>): Promise<Outcome> {
  const outcome = await run;
  assert.ok(outcome.ok, text(outcome));
  return outcome;
}

export async function fail(run: Promise<Outcome>, expected: RegExp): Promise<Outcome> {
  const outcome = await run;
  assert.equal(outcome.ok, false, text(outcome));
  assert.match(text(outcome), expected);
  return outcome;
}
