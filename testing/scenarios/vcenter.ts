import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { startVcsim, type Vcsim, type VcsimSnapshot, type VcsimVm } from "../vcsim/launcher";
import { missing } from "../vcsim/test-support";
import { newStack, type Outcome, scenarioEngine } from "./stack";

export type SiteStack = ReturnType<typeof newStack>;

/** The vCenter simulator of one file of scenarios, each of which has VMs of its own. */
export class Vcenter {
  private running: Vcsim | undefined;
  private vms: VcsimVm[] = [];
  /** Why there is none. */
  private without: string | undefined;

  /** @param program the folder of the program in testing/programs. @default that of `newStack` */
  constructor(private readonly options: { vms: number; program?: string }) {
    before(() => this.start());
    after(() => this.running?.stop());
  }

  get vcsim(): Vcsim {
    assert.ok(this.running, "the simulator does not run");
    return this.running;
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

  /**
   * One scenario, after which the simulator answers as usual again.
   *
   * @param only for what must kill the engine's own process
   */
  scenario(name: string, work: (stack: SiteStack, vm: VcsimVm) => Promise<void>, only?: "embedded"): void {
    it(name, async (t) => {
      if (this.without) return t.skip(this.without);
      if (only && scenarioEngine() !== only) return t.skip("kills the embedded engine's own process");
      const { program } = this.options;
      const stack = newStack(this.vcsim, program === undefined ? {} : { program });
      try {
        await this.control.journal({ reset: true });
        await work(stack, this.take());
      } finally {
        await this.control.rules();
        await this.control.delay({ callMs: 0, taskMs: 0 });
        stack.remove();
      }
    });
  }

  /** The VM as it is now; `all` are its snapshots without their tree. */
  async now({ moref }: VcsimVm): Promise<VcsimVm & { all: VcsimSnapshot[] }> {
    const found = (await this.control.vms()).find((vm) => vm.moref === moref);
    assert.ok(found, `there is no VM ${moref} any more`);
    return { ...found, all: flat(found.snapshots) };
  }

  private async start(): Promise<void> {
    try {
      this.running = await startVcsim({ vms: this.options.vms });
      this.vms = await this.control.vms();
    } catch (error) {
      this.without = missing(error);
    }
  }
}

function flat(list: VcsimSnapshot[]): VcsimSnapshot[] {
  return list.flatMap((one) => [one, ...flat(one.children)]);
}

/** All that a run said. */
export function text({ error, messages }: Outcome): string {
  return [error, ...messages].join("\n");
}

export async function succeed(run: Promise<Outcome>): Promise<Outcome> {
  const outcome = await run;
  assert.ok(outcome.ok, text(outcome));
  return outcome;
}

export async function fail(run: Promise<Outcome>, expected: RegExp): Promise<Outcome> {
  const outcome = await run;
  assert.equal(outcome.ok, false);
  assert.match(text(outcome), expected);
  return outcome;
}
