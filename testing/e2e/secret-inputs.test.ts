import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { secret } from "@pulumi/pulumi";
import { Restore, Snapshot, SnapshotPolicy } from "../../sdk";
import { startVcsim, type Vcsim, type VcsimVm } from "../vcsim/launcher";
import { missing } from "../vcsim/test-support";
import { type CliStack, newStack } from "./stack";

const SIGNATURE = "4dabf18193072939515e22adb298388d";

describe("what is made of a secret input is a secret too", () => {
  let vcsim: Vcsim | string;
  let unused: VcsimVm[];
  before(async () => {
    vcsim = await startVcsim({ vms: 8 }).catch(missing);
    if (typeof vcsim !== "string") unused = await vcsim.control.vms();
  });
  after(async () => {
    if (typeof vcsim !== "string") await vcsim.stop();
  });

  /** Names of the secret outputs of each of our resources. */
  async function secretOutputs(stack: CliStack): Promise<Record<string, string[]>> {
    const { resources = [] } = await stack.deployment();
    const ours = resources.filter(({ urn }) => urn.includes("snapstate"));
    return Object.fromEntries(
      ours.map(({ urn, outputs = {} }) => [
        urn.split("::").at(-1) ?? "",
        Object.entries(outputs)
          .filter(([, value]) => value !== null && typeof value === "object" && SIGNATURE in value)
          .map(([key]) => key)
          .sort(),
      ]),
    );
  }

  for (const adapter of ["dynamic", "plugin"] as const) {
    it(`over the ${adapter} adapter, in every run`, async (t) => {
      if (typeof vcsim === "string") return t.skip(vcsim);
      const [vm, other] = unused.splice(0, 2);
      assert.ok(vm && other);
      const stack = newStack(vcsim, { adapter, attached: true });
      const canaries = ["canary-name", "canary-words", "canary-changed", "canary-label"];
      const assertHidden = (when: string) => {
        const text = stack.stateText();
        assert.deepEqual(
          canaries.filter((canary) => text.includes(canary)),
          [],
          `${when}: ${canaries.map((canary) => (text.indexOf(canary) >= 0 ? text.slice(Math.max(0, text.indexOf(canary) - 300), text.indexOf(canary) + 50) : "")).join()}`,
        );
      };
      const program =
        (words: string, triggers: string[] = ["1"]) =>
        async () => {
          const { path: target } = vm;
          const texts = { name: secret("canary-name"), description: secret(words) };
          const before = new Snapshot("snapshot", { target, ...texts, triggers });
          new Restore("by-name", { target, snapshot: secret("canary-name"), triggers: ["1"] }, { dependsOn: before });
          // Its snapshot is selected by an id, which is not secret.
          new Restore("by-id", { target, snapshot: before.id, triggers: ["1"] });
          const description = secret("canary-label");
          new SnapshotPolicy("policy", {
            targets: [other.path],
            label: "plain",
            description,
            triggers: ["1"],
            keepLast: 2,
          });
        };
      try {
        const seen: Record<string, string[]>[] = [];
        const operate = async (when: string, run: () => Promise<{ ok: boolean }>) => {
          const outcome = await run();
          assert.equal(outcome.ok, true, `${when}: ${JSON.stringify(outcome)}`);
          assertHidden(when);
          seen.push(await secretOutputs(stack));
        };
        stack.runs(program("canary-words"));
        await operate("create", () => stack.up());
        await operate("unchanged", () => stack.up());
        await operate("refresh", () => stack.refresh());
        await operate("unchanged after a refresh", () => stack.up());
        stack.runs(program("canary-changed"));
        await operate("update", () => stack.up());
        await operate("refresh after the update", () => stack.refresh());
        for (const later of seen) assert.deepEqual(later, seen[0]);
        stack.runs(program("canary-changed", ["2"]));
        await operate("replace", () => stack.up());
        assert.equal((await stack.destroy()).ok, true);
      } finally {
        stack.remove();
      }
    });
  }
});
