import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Certificates } from "../contract/certificates";
import { atOnce } from "./at-once";
import { chosen } from "./chosen";
import { callsOf, goWrong } from "./fault-case";
import { faults, meets, type ProofFault } from "./faults";
import { type Operation, operations } from "./operations";
import type { WiredPlatform } from "./platform";
import { type VspherePlatform, vsphere } from "./platforms/vsphere";
import { wiredCloudmc, wiredCloudstack, wiredOvhVps, wiredVsphere } from "./platforms/wired";
import { recordProven } from "./record";

/** VMs of the vCenter simulator: one a case. */
const VMS = chosen.amount === "test" ? 250 : 700;

interface Kind {
  title: string;
  open(): Promise<WiredPlatform | string>;
  /** Cases under way at a time, which mostly wait. */
  atOnce: number;
}

describe("a call that goes wrong", { concurrency: false }, () => {
  const certificates = new Certificates();
  let shared: VspherePlatform | string = "not begun";
  let certificate: Awaited<ReturnType<Certificates["make"]>> | undefined;
  let other: Awaited<ReturnType<Certificates["make"]>> | undefined;
  before(async () => {
    shared = await vsphere(VMS);
    certificate = await certificates.make();
    other = await certificates.make();
  });
  after(async () => {
    certificates.remove();
    if (typeof shared !== "string") await shared.close();
  });

  const kinds: Kind[] = [
    {
      title: "vSphere",
      // A TLS handshake each on few cores: more of them would not be done in time.
      atOnce: 8,
      open: async () =>
        typeof shared === "string" || certificate === undefined || other === undefined
          ? String(shared)
          : wiredVsphere(shared, certificate, other),
    },
    { title: "CloudStack, volume snapshots", atOnce: 24, open: () => wiredCloudstack("snapshot") },
    { title: "CloudStack, VM snapshots", atOnce: 24, open: () => wiredCloudstack("recovery-point") },
    { title: "CloudMC, volume snapshots", atOnce: 8, open: () => wiredCloudmc("snapshot") },
    { title: "CloudMC, recovery points", atOnce: 24, open: () => wiredCloudmc("recovery-point") },
    { title: "OVHcloud VPS", atOnce: 24, open: () => wiredOvhVps() },
  ];

  for (const { title, atOnce: most, open } of kinds) {
    it(`ends well or in a clear error, and right after a re-run: ${title}`, async (t) => {
      const first = await open();
      if (typeof first === "string") return t.skip(first);
      const cases: { operation: Operation; call: string; possible: ProofFault[] }[] = [];
      try {
        for (const operation of operations.filter(({ fits }) => fits(first))) {
          const known = new Set(cases.map(({ call }) => call));
          for (const call of await callsOf(first, operation)) {
            const possible = faults.filter((fault) => meets(first, call, fault));
            if (!known.has(call)) cases.push({ operation, call, possible });
          }
        }
      } finally {
        await first.close();
      }
      const all = cases.flatMap((one, row) =>
        one.possible.filter((_, column) => chosen.fault(row, column)).map((fault) => ({ ...one, fault })),
      );
      const outcomes: Record<string, number> = {};
      const failures: string[] = [];
      await atOnce(most, all, async ({ operation, call, fault }) => {
        const platform = (await open()) as WiredPlatform;
        try {
          const outcome = await goWrong(platform, operation, call, fault);
          outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
        } catch (error) {
          failures.push(`${operation.name}, ${call}, ${fault.name}: ${error instanceof Error ? error.stack : error}`);
        } finally {
          await platform.close();
        }
      });
      t.diagnostic(`${all.length} cases: ${JSON.stringify(outcomes)}`);
      assert.deepEqual(failures, []);
      recordProven({ matrix: "fault", platform: title, cases: all.length, outcomes });
    });
  }
});
