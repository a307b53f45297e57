import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { platforms } from "../platforms";
import type { RunningPlatform } from "../platforms/harness";
import { atOnce } from "./at-once";
import { breakOff, type Over, record } from "./crash";
import { operations } from "./operations";
import { recordProven } from "./record";
import { chosen, evenly } from "./sampling";

/*
 * The crash matrix over both adapters, with the provider as its own process behind gRPC: the plugin's executable, or
 * Pulumi's dynamic provider with the closure from the state. Each start takes time, so there are fewer cases.
 */

/** Kill points of one operation over one adapter with one victim. */
const CASES = Number(process.env.SNAPSTATE_PROOF_FACE_CASES ?? "1");
const WAYS: Over[] = (["plugin", "dynamic"] as const).flatMap((adapter) =>
  (["provider", "engine"] as const).map((victim) => ({ adapter, victim })),
);

for (const [row, [title, open]] of platforms(200).entries()) {
  describe(`a ${title} run over an adapter`, () => {
    let platform: RunningPlatform | string;
    before(async () => {
      platform = await open();
    });
    after(async () => {
      if (typeof platform !== "string") await platform.close();
    });

    for (const [column, operation] of operations.entries()) {
      for (const [way, over] of WAYS.entries()) {
        if (!chosen.adapter(row, column, way)) continue;
        it(`is put right by a plain re-run: ${operation.name}, ${over.adapter}, the ${over.victim} dies`, async (t) => {
          if (typeof platform === "string") return t.skip(platform);
          if (!operation.fits(platform)) return t.diagnostic("not on this platform");
          const killPoints = await record(platform, operation, over);
          const own = platform;
          // Kill points in the middle are during a change.
          const at = evenly(killPoints.length, CASES + 1).slice(0, -1);
          await atOnce(2, at, async (killAt) => {
            const where = `${killAt} of ${killPoints.length}, ${killPoints[killAt - 1]}`;
            await assert.doesNotReject(breakOff(own, operation, killAt, over), where);
          });
          recordProven({
            matrix: "adapter",
            platform: title,
            cases: at.length,
            adapter: over.adapter,
            victim: over.victim,
          });
          t.diagnostic(`${at.join(", ")} of ${killPoints.length} boundaries`);
        });
      }
    }
  });
}
