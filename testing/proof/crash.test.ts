import assert from "node:assert/strict";
import { after, before, describe, it, type TestContext } from "node:test";
import { atOnce } from "./at-once";
import { breakOff, record } from "./crash";
import { operations } from "./operations";
import type { ProofPlatform } from "./platform";
import { cloudmc } from "./platforms/cloudmc";
import { cloudstack } from "./platforms/cloudstack";
import { ovhVps } from "./platforms/ovh-vps";
import { qemu } from "./platforms/qemu";
import { vsphere } from "./platforms/vsphere";
import { recordProven } from "./record";

/** VMs of the vCenter simulator: one a case. */
const VMS = 600;
/** Cases of one operation. Where it has more boundaries, as many are taken evenly; `npm run proof` takes all. */
const { SNAPSTATE_PROOF_CASES: asked = "8" } = process.env;
const CASES = asked === "all" ? Number.POSITIVE_INFINITY : Number(asked);

const platforms: [string, () => Promise<ProofPlatform | string>][] = [
  ["vSphere", () => vsphere(VMS)],
  ["CloudStack, volume snapshots", () => cloudstack("snapshot")],
  ["CloudStack, VM snapshots", () => cloudstack("recovery-point")],
  ["CloudMC, volume snapshots", () => cloudmc("snapshot")],
  ["CloudMC, recovery points", () => cloudmc("recovery-point")],
  ["OVHcloud VPS", () => ovhVps()],
  ["QEMU", () => qemu()],
];

for (const [title, open] of platforms) {
  describe(`a run that dies, on ${title}`, () => {
    let platform: ProofPlatform | string;
    before(async () => {
      platform = await open();
    });
    after(async () => {
      if (typeof platform !== "string") await platform.close();
    });

    for (const operation of operations) {
      it(`leaves nothing that a plain re-run does not put right: ${operation.name}`, async (t: TestContext) => {
        if (typeof platform === "string") return t.skip(platform);
        if (!operation.fits(platform)) return t.diagnostic("not on this platform");
        const boundaries = await record(platform, operation);
        const chosen = evenly(boundaries.length, CASES);
        const { atOnce: most = 4 } = platform;
        const own = platform;
        await atOnce(most, chosen, async (killAt) => {
          const where = `${killAt} of ${boundaries.length}, ${boundaries[killAt - 1]}`;
          await assert.doesNotReject(breakOff(own, operation, killAt), where);
        });
        recordProven({ matrix: "crash", platform: title, cases: chosen.length });
        t.diagnostic(`${chosen.length} of ${boundaries.length} boundaries`);
      });
    }
  });
}

/** At most so many of the numbers from 1 to the count, the last ones among them: there the state is written. */
function evenly(count: number, most: number): number[] {
  if (count <= most) return Array.from({ length: count }, (_, index) => index + 1);
  return Array.from({ length: most }, (_, index) => count - Math.floor((index * count) / most)).reverse();
}
