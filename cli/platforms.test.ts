import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runCli, spawnCli } from "../testing/cli/run-cli";
import { OFFERED } from "../testing/simulators/simulator-registry";

describe("the command line on every simulated platform", () => {
  for (const [platform, start] of Object.entries(OFFERED)) {
    it(`reports on ${platform}, draws a tree and checks a target, for both kinds`, async () => {
      const { connection, close } = await start(0);
      const environment = { SNAPSTATE_CONNECTIONS: JSON.stringify({ simulated: connection }) };
      try {
        for (const kind of ["snapshot", "recovery-point"]) {
          // Once as a process of its own, which has to end by itself.
          const runReport = kind === "snapshot" ? spawnCli : runCli;
          const report = await runReport(["report", "--kind", kind, "--json", "--fail-on", "never"], environment);
          assert.equal(report.code, 0, report.stderr);
          const { targets, failures } = JSON.parse(report.stdout);
          assert.deepEqual(failures, []);
          assert.ok(targets.length > 0);
          const [{ targetId }] = targets;
          const tree = await runCli(["tree", targetId, "--kind", kind], environment);
          assert.equal(tree.code, 0, tree.stderr);
          assert.match(tree.stdout, /you are here/);
          const check = await runCli(["check", targetId, "--kind", kind, "--json"], environment);
          assert.equal(JSON.parse(check.stdout).targetId, targetId, check.stderr);
        }
      } finally {
        await close();
      }
    });
  }
});
