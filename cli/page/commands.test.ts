import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { parseId } from "../../provider/resources/shared/ids";
import { reportOn, smallFleet } from "../../testing/cli/fleet";
import { commandsOf } from "./commands";

describe("commands of the page", () => {
  it("are one shell word an argument, whatever a platform calls its VMs and snapshots", async () => {
    const report = await reportOn(smallFleet(), "it's; rm -rf $HOME `id` \\ *");
    const hostile = "--yes'; $(touch owned) & \"\n";
    let checked = 0;
    for (const target of report.targets) {
      for (const snapshot of target.snapshots) {
        for (const kind of ["snapshot", "recovery-point"] as const) {
          for (const [, command] of commandsOf({ ...target, targetId: hostile }, snapshot, kind)) {
            const { stdout } = spawnSync("sh", [
              "-c",
              `set -f; for word in ${command}; do printf '%s\\0' "$word"; done`,
            ]);
            const words = stdout.toString().split("\0").slice(0, -1);
            const [program, , , ...rest] = words;
            if (program === "npx") {
              assert.deepEqual(rest.slice(0, 2), ["-c", target.connection]);
              assert.deepEqual(rest.slice(-3), ["--dry-run", "--", hostile]);
            } else {
              const id = parseId(words.at(-1) ?? "");
              assert.deepEqual(id, { connection: target.connection, target: hostile, snapshot: snapshot.id });
              assert.match(words.at(-2) ?? "", /^(snapstate_(snapshot|recovery_point)\.)?[a-z][a-z0-9-]*$/);
            }
            checked++;
          }
        }
      }
    }
    assert.ok(checked > 20, `${checked} commands`);
  });
});
