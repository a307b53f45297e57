import assert from "node:assert/strict";
import { describe } from "node:test";
import { decodeText } from "../../provider/platforms/ownership";
import type { VcsimVm } from "../vcsim/launcher";
import type { Declared } from "./program";
import { type Runner, runnerOf, terraform } from "./scenario-runners";
import { type EngineAdapter, SCENARIOS, type Scenario, type Step } from "./scenarios";
import { Site } from "./site";

const TERRAFORM: readonly EngineAdapter[] = terraform === undefined ? [] : ["terraform"];
const CHANGES = /^(Create|Remove|RemoveAll|Rename|Revert|Consolidate)/;
const adaptersOf = ({ adapters = ["plugin", "opentofu"] }: Scenario) => [...adapters, ...TERRAFORM];
const site = new Site(SCENARIOS.flatMap(adaptersOf).length);

describe("every adapter does the same", () => {
  for (const scenario of SCENARIOS) {
    const { name, steps } = scenario;
    for (const adapter of adaptersOf(scenario)) {
      site.test(`${name} (${adapter})`, async (vm) => {
        const runner = await runnerOf(adapter, site.vcsim);
        try {
          let declared: Declared[] = [];
          for (const [at, step] of steps.entries()) {
            const expected = { ...step, sends: step.sendsOn?.[adapter] ?? step.sends };
            declared = await take(expected, `step ${at + 1}`, runner, vm, declared);
          }
        } finally {
          runner.remove();
        }
      });
    }
  }
});

/** @returns the declared resources */
async function take(step: Step, title: string, runner: Runner, vm: VcsimVm, before: Declared[]): Promise<Declared[]> {
  const { byHand, declare, run = "apply", does, says, sends, world, outputs = {} } = step;
  const made = await byHand?.({
    control: site.control,
    vm,
    snapshot: async (name) => (await site.now(vm)).all.find((one) => one.name === name)?.moref ?? "",
  });
  const declared = declare?.(vm, String(made)) ?? before;
  await site.control.journal({ reset: true });
  const ran = await runner.run(run, declared);
  assert.equal(ran.ok, does !== undefined, `${title}: ${ran.says}`);
  if (does) assert.deepEqual(ran.does, does, `${title}: ${ran.says}`);
  if (says) assert.match(ran.says, says, title);
  if (sends) {
    const methods = (await site.control.journal()).map(({ method }) => method).filter((method) => CHANGES.test(method));
    assert.deepEqual(methods, sends, title);
  }
  if (world) {
    const texts = (await site.now(vm)).all.map((one) => {
      const { description = "" } = decodeText(one.description);
      return description === "" ? one.name : `${one.name}: ${description}`;
    });
    assert.deepEqual(texts, world, title);
  }
  for (const [key, value] of Object.entries(outputs))
    assert.deepEqual(await runner.output(declared, key), value, `${title}: ${key}`);
  return declared;
}
