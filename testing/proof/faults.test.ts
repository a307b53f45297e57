import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Certificates, opensslMissing } from "../contract/certificates";
import { atOnce } from "./at-once";
import { callsOf, goWrong } from "./fault-case";
import { faults } from "./faults";
import { type Operation, operations } from "./operations";
import type { ProofPlatform, WiredPlatform } from "./platform";
import { vsphere } from "./platforms/vsphere";
import { wiredCloudmc, wiredCloudstack, wiredOvhVps, wiredVsphere } from "./platforms/wired";

/** Cases under way at a time: they mostly wait. */
const AT_ONCE = Number(process.env.SNAPSTATE_PROOF_AT_ONCE ?? 32);
/** VMs of the vCenter simulator: one a case. */
const VMS = 400;
/** `all`: each call of each operation, as `npm run proof` has it. Otherwise each call of a driver once. */
const ALL = process.env.SNAPSTATE_PROOF_CASES === "all";

interface Kind {
  title: string;
  open(): Promise<WiredPlatform | string>;
}

describe("a call that goes wrong", { concurrency: false }, () => {
  const certificates = new Certificates();
  let shared: ProofPlatform | string = "not begun";
  let certificate: ReturnType<Certificates["make"]> | undefined;
  before(async () => {
    shared = opensslMissing || (await vsphere(VMS));
    if (!opensslMissing) certificate = certificates.make();
  });
  after(async () => {
    certificates.remove();
    if (typeof shared !== "string") await shared.close();
  });

  const kinds: Kind[] = [
    {
      title: "vSphere",
      open: async () =>
        typeof shared === "string" || certificate === undefined ? String(shared) : wiredVsphere(shared, certificate),
    },
    { title: "CloudStack, volume snapshots", open: () => wiredCloudstack("snapshot") },
    { title: "CloudStack, VM snapshots", open: () => wiredCloudstack("recovery-point") },
    { title: "CloudMC, volume snapshots", open: () => wiredCloudmc("snapshot") },
    { title: "CloudMC, recovery points", open: () => wiredCloudmc("recovery-point") },
    { title: "OVHcloud VPS", open: () => wiredOvhVps() },
  ];

  for (const { title, open } of kinds) {
    it(`ends well or in a clear error, and right after a re-run: ${title}`, async (t) => {
      const first = await open();
      if (typeof first === "string") return t.skip(first);
      const cases: { operation: Operation; call: string }[] = [];
      try {
        for (const operation of operations.filter(({ fits }) => fits(first))) {
          const known = new Set(ALL ? [] : cases.map(({ call }) => call));
          for (const call of await callsOf(first, operation)) if (!known.has(call)) cases.push({ operation, call });
        }
      } finally {
        await first.close();
      }
      const all = cases.flatMap((one) => faults.map((fault) => ({ ...one, fault })));
      const outcomes: Record<string, number> = {};
      const failures: string[] = [];
      await atOnce(AT_ONCE, all, async ({ operation, call, fault }) => {
        const platform = (await open()) as WiredPlatform;
        try {
          const outcome = await goWrong(platform, operation, call, fault);
          outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
        } catch (error) {
          failures.push(`${operation.name}, ${call}, ${fault.name}: ${error instanceof Error ? error.message : error}`);
        } finally {
          await platform.close();
        }
      });
      t.diagnostic(`${all.length} cases: ${JSON.stringify(outcomes)}`);
      assert.deepEqual(failures, []);
    });
  }
});
