import assert from "node:assert/strict";
import { after, before, describe, it, type TestContext } from "node:test";
import { platforms } from "../platforms";
import type { RunningPlatform } from "../platforms/harness";
import { atOnce } from "./at-once";
import { breakOff, record } from "./crash";
import { operations } from "./operations";
import { recordProven } from "./record";
import { chosen } from "./sampling";

/** VMs of the vCenter simulator: one for each case. */
const VMS = chosen.amount === "test" ? 60 : 600;

for (const [row, [title, open]] of platforms(VMS).entries()) {
  // A process starts others one after the other; two operations at a time keep two cores busy.
  describe(`a run that dies, on ${title}`, { concurrency: chosen.amount === "test" ? 2 : 1 }, () => {
    let platform: RunningPlatform | string;
    before(async () => {
      platform = await open();
    });
    after(async () => {
      if (typeof platform !== "string") await platform.close();
    });

    for (const [column, operation] of operations.entries()) {
      if (!chosen.pair(row, column)) continue;
      it(`leaves nothing that a plain re-run does not put right: ${operation.name}`, async (t: TestContext) => {
        if (typeof platform === "string") return t.skip(platform);
        if (!operation.fits(platform)) return t.diagnostic("not on this platform");
        const killPoints = await record(platform, operation);
        const at = chosen.killPoints(killPoints.length, row, column);
        const { atOnce: most = 4 } = platform;
        const own = platform;
        await atOnce(most, at, async (killAt) => {
          const where = `${killAt} of ${killPoints.length}, ${killPoints[killAt - 1]}`;
          await assert.doesNotReject(breakOff(own, operation, killAt), where);
        });
        recordProven({ matrix: "crash", platform: title, cases: at.length });
        t.diagnostic(`${at.length} of ${killPoints.length} boundaries`);
      });
    }
  });
}
