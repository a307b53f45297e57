import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { connectionVariables, runCli } from "../cli/run-cli";
import { connectionOf } from "../support/connection";
import { startVcsim } from "../vcsim/launcher";
import { missing } from "../vcsim/test-support";
import { CliProject } from "./project";

describe("the command line with a Pulumi stack's connections", () => {
  it("reads the encrypted configuration of --stack, and an environment variable wins", async (t: TestContext) => {
    const vcsim = await startVcsim({ vms: 1 }).catch(missing);
    if (typeof vcsim === "string") return t.skip(vcsim);
    const project = await CliProject.open("typescript");
    try {
      const lab = connectionOf(vcsim);
      await project.configure({ "snapstate:connections": JSON.stringify({ lab }) });
      const environment = Object.fromEntries(
        Object.entries(project.environment).flatMap(([key, value]) =>
          /^(PULUMI_|VAULT_|PATH$|HOME$)/.test(key) && value !== undefined ? [[key, value]] : [],
        ),
      );
      const report = (more: Record<string, string> = {}, stack = "dev") =>
        runCli(["report", "--stack", stack, "--json"], { ...environment, ...more }, project.directory);
      const read = await report();
      assert.equal(read.code, 0, read.stderr);
      assert.deepEqual(
        JSON.parse(read.stdout).targets.map((one: { connection: string }) => one.connection),
        ["lab"],
      );

      const own = await report(connectionVariables("LAB", { ...vcsim, password: "canary-of-a-password" }));
      assert.equal(own.code, 3, own.stdout);
      assert.equal(JSON.parse(own.stdout).failures[0].kind, "auth");
      assert.doesNotMatch(own.stdout + own.stderr, /canary/);

      const none = await report({}, "staging");
      assert.equal(none.code, 3);
      assert.match(JSON.parse(none.stdout).error.message, /stack "staging".*staging/);
    } finally {
      project.remove();
      await vcsim.stop();
    }
  });
});
