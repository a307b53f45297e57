import assert from "node:assert/strict";
import type { VcsimVm } from "../vcsim/launcher";
import { text } from "./outcome";
import { Site } from "./site";
import { type Adapter, type CliStack, newStack, type Outcome, type StackOptions } from "./stack";

export { text } from "./outcome";

export const BOTH: readonly Adapter[] = ["dynamic", "plugin"];

type Work = (stack: CliStack, vm: VcsimVm, adapter: Adapter) => Promise<void>;

/** The vCenter simulator for one file of scenarios on the Pulumi CLI. */
export class Vcenter extends Site {
  /** @param options options of the stacks. @default one process of the plugin serves all operations of a stack */
  constructor(
    count: number,
    private readonly options: Pick<StackOptions, "attached"> = { attached: true },
  ) {
    super(count);
  }

  /** Registers a scenario for each adapter. @param adapters set where the adapter matters; the plugin starts faster */
  scenario(name: string, work: Work, adapters: readonly Adapter[] = ["plugin"]): void {
    for (const adapter of adapters) {
      this.test(adapters.length > 1 ? `${name} (${adapter})` : name, async (vm) => {
        const stack = newStack(this.vcsim, { ...this.options, adapter });
        try {
          await work(stack, vm, adapter);
        } finally {
          stack.remove();
        }
      });
    }
  }
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
