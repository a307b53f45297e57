import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { snakeCase } from "../../provider/adapters/terraform/types";
import { Certificates } from "../contract/certificates";
import { leaksIn } from "../secrets/canary";
import { type Planted, plantEverywhere } from "../secrets/platforms";
import { WatchedRun } from "../secrets/run";
import { TofuProject } from "./tofu";
import { planTexts, stateTexts } from "./tofu-files";

/*
 * Plants canaries in every credential of every platform, runs resources through their whole life and through every kind
 * of failure with OpenTofu and the provider at their highest verbosity, and searches everything for them. Private state
 * and saved plans are searched decoded; the markers, which are in both, prove that.
 */
describe("no secret is in any state, plan, log, error, crash dump or command line of OpenTofu", () => {
  const certificates = new Certificates();
  let planted: Planted | string;

  before(async () => {
    planted = await plantEverywhere(certificates);
  });
  after(async () => {
    if (typeof planted !== "string") await planted?.close();
    certificates.remove();
  });

  for (const from of ["variables", "the environment"] as const) {
    it(`with credentials from ${from}`, async (t) => {
      if (typeof planted === "string") return t.skip(planted);
      const platforms = planted;
      const run = new WatchedRun();
      const byVariable = from === "variables";
      const tofu = await TofuProject.open({
        ...run.environment,
        TF_LOG: "TRACE",
        ...(byVariable
          ? { TF_VAR_connections: JSON.stringify(inTerraform(platforms.connections)) }
          : { SNAPSTATE_CONNECTIONS: JSON.stringify(platforms.connections) }),
      });
      const declare = (more = "") =>
        tofu.declare(
          Object.entries(platforms.targets)
            .map(([connection, target]) => snapshot(connection, target, connection === "panel" ? "" : more))
            .join(""),
          byVariable ? BY_VARIABLE : undefined,
        );
      const tried = async (code: number, command: string, ...args: string[]) => {
        const result = await tofu.run([command, "-input=false", ...args]);
        run.note("what OpenTofu shows", result.output);
        assert.equal(result.code, code, `${command}: ${result.output.slice(-2000)}`);
        for (const [place, text] of stateTexts(tofu.folder)) run.note(place, text);
      };
      const applied = async () => {
        await tried(0, "plan", "-out=plan");
        for (const [place, text] of planTexts(join(tofu.folder, "plan"))) run.note(place, text);
        await tried(0, "apply", "plan");
      };
      const inTrouble = async () => {
        for (const how of ["auth", "refused", "garbage"] as const) {
          platforms.repeatEverything(how);
          await tried(1, "plan");
          platforms.behave();
        }
        platforms.repeatEverything("refused", true);
        declare('  description = "words"\n  triggers = ["2"]');
        await tried(1, "apply", "-auto-approve");
        platforms.behave();
        await platforms.goDown();
        await tried(1, "plan");
        await platforms.comeBack();
      };
      try {
        declare();
        await applied();
        declare('  description = "words"');
        await applied();
        // Errors are the same wherever the credentials come from.
        if (byVariable) await inTrouble();
        await tried(0, "destroy", "-auto-approve");

        const everything = run.everything();
        const leaks = (canaries: { of: string; value: string }[]) =>
          [...everything].flatMap(([place, text]) => leaksIn(text, canaries).map((of) => `${of}: ${place}`));
        assert.deepEqual(leaks(platforms.canaries()), []);
        assertSearched(everything, leaks);
        if (byVariable)
          assert.match(text(everything), /\[secret\]/, "a server's words with a secret in them were shown");
      } finally {
        platforms.behave();
        await platforms.comeBack();
        run.remove();
        tofu.remove();
      }
    });
  }
});

const BY_VARIABLE = `variable "connections" {
  type      = any
  sensitive = true
}
provider "snapstate" {
  owner       = "e2e"
  connections = var.connections
}
`;

function snapshot(connection: string, target = "", more = ""): string {
  return `resource "snapstate_snapshot" "${connection}" {\n  connection_name = "${connection}"\n  target = ${JSON.stringify(target)}\n  name = "first"\n${more}\n}\n`;
}

function inTerraform(connections: Planted["connections"]): Planted["connections"] {
  const settings = (of: Record<string, unknown>) => Object.entries(of).map(([key, value]) => [snakeCase(key), value]);
  return Object.fromEntries(
    Object.entries(connections).map(([name, of]) => [name, Object.fromEntries(settings(of))]),
  ) as Planted["connections"];
}

/** The search covers what it is meant to cover: what is in the private state is found in the state and in the plan. */
function assertSearched(
  everything: Map<string, string>,
  leaks: (canaries: { of: string; value: string }[]) => string[],
): void {
  const { values } = JSON.parse(everything.get("terraform.tfstate, private")?.split("\n")[0] ?? "{}");
  assert.equal(typeof values?.marker, "string");
  const found = leaks([{ of: "marker", value: values.marker }]);
  for (const place of ["terraform.tfstate, private", "the plan's tfplan", "the plan's tfstate, private"])
    assert.ok(found.includes(`marker: ${place}`), `${place} was searched: ${found}`);
  assert.match(everything.get("command lines") ?? "", /terraform-provider-snapstate/);
  assert.match(text(everything), /as in a crash/);
}

function text(everything: Map<string, string>): string {
  return [...everything.values()].join("\n");
}
