import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runCli } from "../testing/cli/run-cli";
import { qemuMissing } from "../testing/qemu";
import { DriverLab } from "../testing/qemu/driver-lab";
import { OFFERED } from "../testing/simulators/offered";

describe("the command line on every simulated platform", () => {
  for (const [platform, start] of Object.entries(OFFERED)) {
    it(`reports on ${platform}, draws a tree and checks a target, for both kinds`, async () => {
      const { connection, close } = await start(0);
      const environment = { SNAPSTATE_CONNECTIONS: JSON.stringify({ simulated: connection }) };
      try {
        for (const kind of ["snapshot", "recovery-point"]) {
          const report = await runCli(["report", "--kind", kind, "--json", "--fail-on", "never"], environment);
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

describe("the command line on real VMs", { skip: qemuMissing() }, () => {
  it("reports, draws the tree with where the guest is, checks, and prunes what has expired and nothing else", async () => {
    const lab = DriverLab.open();
    const connection = { platform: "qemu", directory: lab.lab.directory };
    const environment = { SNAPSTATE_CONNECTIONS: JSON.stringify({ local: connection }) };
    try {
      const vm = await lab.startVm({ name: "web" });
      await vm.counted(1);
      const marker = `[snapstate:${"c".repeat(26)}]`;
      const old = `[snapstate: expires 2020-01-01T00:00:00.000Z]\n${marker}`;
      await lab.take(vm, "by hand", { memory: false });
      await lab.take(vm, "expired", { memory: false, description: old });
      await lab.take(vm, "with-ram");

      const report = await runCli(["report", "--json"], environment);
      assert.equal(report.code, 1, report.stderr);
      const [{ snapshots }] = JSON.parse(report.stdout).targets;
      assert.equal(snapshots.length, 3);
      const tree = await runCli(["tree", "web"], environment);
      assert.equal(tree.code, 0, tree.stderr);
      const [hand, expired, ram] = ["by hand", "expired", "with-ram"].map((name) => tree.stdout.indexOf(name));
      assert.ok(0 < Number(hand) && Number(hand) < Number(expired) && Number(expired) < Number(ram), tree.stdout);
      assert.match(tree.stdout, /you are here/);
      const check = await runCli(["check", "web", "--json"], environment);
      assert.equal(JSON.parse(check.stdout).targetId, vm.uuid, check.stderr);
      const dry = await runCli(["prune", "web", "--dry-run", "--json"], environment);
      assert.match(dry.stdout, /expired/, dry.stderr);
      assert.equal((await lab.points(vm)).length, 3);
      const prune = await runCli(["prune", "web", "--yes", "--json"], environment);
      assert.equal(prune.code, 0, prune.stderr);
      assert.deepEqual(
        (await lab.points(vm)).map(({ name }) => name),
        ["by hand", "with-ram"],
      );
      await vm.kill();
    } finally {
      await lab.close();
    }
  });
});
