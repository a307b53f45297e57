import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type WiredPlatform, WiredPlatforms } from "../platforms";
import { qemu } from "../platforms/qemu";
import { atOnce } from "./at-once";
import { record } from "./crash";
import { endApi, endProcess, type Moment, requestsOf } from "./hypervisor";
import { type Operation, operations } from "./operations";
import { recordProven } from "./record";
import { chosen, evenly, platformsAtOnce } from "./sampling";

/** Requests, or kill points, of one operation at which the platform dies. */
const CASES = { all: 8, proof: 3, test: 1 }[chosen.amount];
/** The number for QEMU in `npm test`: restarting it takes time. */
const FEW = new Set(["create", "consolidate"]);
const MOMENTS: Moment[] = ["before a request", "before a reply"];

// Cases mostly wait for deadlines.
describe("a platform that dies", { concurrency: platformsAtOnce }, () => {
  const wired = new WiredPlatforms(chosen.amount === "test" ? 30 : 150);
  before(() => wired.start());
  after(() => wired.stop());

  for (const [title, open] of wired.all) {
    it(`leaves nothing that a plain re-run does not put right: ${title}, with every connection`, async (t) => {
      const first = await open();
      if (typeof first === "string") return t.skip(first);
      const cases: { operation: Operation; at: number; moment: Moment; requests: number }[] = [];
      try {
        for (const operation of operations.filter(({ fits }) => fits(first))) {
          const requests = await requestsOf(first, operation);
          for (const at of evenly(requests, CASES)) {
            cases.push({ operation, at, requests, moment: MOMENTS[cases.length % 2] as Moment });
          }
        }
      } finally {
        await first.close();
      }
      // Each has its own API, and mostly waits for its restart.
      await atOnce(8, cases, async ({ operation, at, moment, requests }) => {
        const platform = (await open()) as WiredPlatform;
        try {
          const where = `${operation.name}, ${moment}, ${at} of ${requests}`;
          await assert.doesNotReject(endApi(platform, operation, at, moment), where);
        } finally {
          await platform.close();
        }
      });
      recordProven({ matrix: "hypervisor", platform: title, cases: cases.length });
      t.diagnostic(`${cases.length} cases`);
    });
  }

  it("leaves nothing that a plain re-run does not put right: QEMU's own process", async (t) => {
    const platform = await qemu();
    if (typeof platform === "string") return t.skip(platform);
    let cases = 0;
    try {
      for (const operation of operations.filter(
        ({ fits, name }) => fits(platform) && (chosen.amount !== "test" || FEW.has(name)),
      )) {
        const killPoints = await record(platform, operation);
        const at = evenly(killPoints.length, CASES + 1).slice(0, -1);
        // Independent of the run's speed: once when there certainly is something to take over.
        const merge = killPoints.indexOf(`after a request: ${platform.disks?.request}`);
        if (operation.merges) at.push(merge + 1);
        await atOnce(2, at, async (killAt) => {
          const where = `${operation.name}, ${killAt} of ${killPoints.length}, ${killPoints[killAt - 1]}`;
          await assert.doesNotReject(endProcess(platform, operation, killAt, platform.process), where);
        });
        cases += at.length;
      }
    } finally {
      await platform.close();
    }
    recordProven({ matrix: "hypervisor", platform: "QEMU", cases });
    t.diagnostic(`${cases} cases`);
  });
});
