import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { encodeText } from "../provider/platforms/ownership";
import { firstMarker } from "../provider/resources/shared/marker";
import { cliEnvironment, cliMain, connectionVariables } from "../testing/cli/run-cli";
import { startVcsim } from "../testing/vcsim/launcher";
import { missing } from "../testing/vcsim/test-support";

describe("a command that is interrupted", () => {
  it("stops waiting at once, says what was under way, and leaves no session behind", async (t) => {
    const vcsim = await startVcsim({ vms: 1 }).catch(missing);
    if (typeof vcsim === "string") return t.skip(vcsim);
    try {
      const { control } = vcsim;
      const [vm] = await control.vms();
      assert.ok(vm);
      const ownership = { marker: firstMarker("owner"), expiresAt: "2020-01-01T00:00:00.000Z" };
      await control.createSnapshot(vm.moref, { name: "over", description: encodeText({ description: "", ownership }) });
      await control.delay({ taskMs: 600_000 });
      const child = spawn(process.execPath, [cliMain, "prune", vm.path, "--yes"], {
        env: cliEnvironment(connectionVariables("VCENTER", vcsim)),
        stdio: ["ignore", "ignore", "pipe"],
      });
      let said = "";
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        said += text;
      });
      while (!(await control.calls()).RemoveSnapshot_Task) await sleep(50);
      child.kill("SIGINT");
      const [code] = await once(child, "close");
      assert.equal(code, 3);
      assert.match(said, /not removed: .*"over".*cancelled while the platform may still be working on it/);
      assert.equal((await control.calls()).Logout, 1);
    } finally {
      await vcsim.stop();
    }
  });
});
