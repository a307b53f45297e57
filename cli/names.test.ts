import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runCli } from "../testing/cli/run-cli";
import { Lab, qemuMissing } from "../testing/qemu";
import { OFFERED } from "../testing/simulators/simulator-registry";
import { tryStart } from "../testing/simulators/try-start";

type Environment = Record<string, string>;
interface Listed {
  targetId: string;
  targetName: string;
  targetPath: string;
}

/** Every table names VMs as people do, and fits 100 columns. */
async function namesVms(environment: Environment, kind: string): Promise<void> {
  const listed = await runCli(["report", "--kind", kind, "--json", "--fail-on", "never"], environment);
  const { targets } = JSON.parse(listed.stdout) as { targets: Listed[] };
  const vm = targets[0];
  assert.ok(vm, listed.stderr);
  const taken = await runCli(
    ["snapshot", "create", vm.targetId, "--kind", kind, "--name", "by-hand", "--ttl", "1h", "--yes"],
    environment,
  );
  assert.equal(taken.code, 0, taken.stderr);
  const name = vm.targetName;
  for (const args of [
    ["tree", vm.targetId],
    ["report", vm.targetId, "--all", "--fail-on", "never"],
    ["check", vm.targetId],
    ["prune", vm.targetId, "--older-than", "0s", "--dry-run"],
    ["snapshot", "edit", vm.targetId, "by-hand", "--ttl", "2h", "--dry-run"],
    ["snapshot", "delete", vm.targetId, "by-hand", "--dry-run"],
    ["snapshot", "delete", vm.targetId, "by-hand", "--yes"],
  ]) {
    const { stdout, stderr } = await runCli([...args, "--kind", kind], environment);
    assert.ok(stdout.includes(name), `${args.join(" ")} names no ${name}:\n${stdout}${stderr}`);
    assert.doesNotMatch(stdout, /\.qmp|\.sock/, "a socket's path is no name");
    const lines = stdout.split("\n");
    if (vm.targetId !== name && args[0] === "report")
      assert.ok(!lines.some((line) => line.includes(vm.targetId)), stdout);
    for (const line of args[0] === "prune" ? lines : []) assert.ok(line.length <= 100, line);
  }
}

// The tasks of these simulators take a few seconds, as they do for people.
describe("names of VMs in tables", { concurrency: true }, () => {
  for (const platform of Object.keys(OFFERED)) {
    it(`are shown on ${platform}`, async (t) => {
      const simulator = await tryStart(platform);
      if (typeof simulator === "string") return t.skip(simulator);
      try {
        await namesVms({ SNAPSTATE_CONNECTIONS: JSON.stringify({ default: simulator.connection }) }, "snapshot");
      } finally {
        await simulator.close();
      }
    });
  }

  it("are shown on qemu", { skip: qemuMissing() }, async () => {
    const lab = Lab.open();
    try {
      await lab.startVm({ name: "web" });
      const connection = { platform: "qemu", directory: lab.directory };
      await namesVms({ SNAPSTATE_CONNECTIONS: JSON.stringify({ default: connection }) }, "snapshot");
    } finally {
      await lab.close();
    }
  });
});
