import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type WiredPlatform, WiredPlatforms } from "../platforms";
import { atOnce } from "./at-once";
import { callsOf, runFaultCase } from "./fault-case";
import { faults, meets, type ProofFault } from "./faults";
import { type Operation, operations } from "./operations";
import { recordProven } from "./record";
import { chosen } from "./sampling";

/** VMs of the vCenter simulator: one for each case. */
const VMS = chosen.amount === "test" ? 250 : 700;

/** Concurrent cases, which mostly wait; fewer where each needs a TLS handshake or many requests. */
const CONCURRENT_SOCKETS: Record<string, number> = { vSphere: 8, "CloudMC, volume snapshots": 8 };

// One platform at a time: on a busy machine the cases of two would miss their deadlines.
describe("a call that goes wrong", { concurrency: false }, () => {
  const wired = new WiredPlatforms(VMS);
  before(() => wired.start());
  after(() => wired.stop());

  for (const [title, open] of wired.all) {
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
      await atOnce(CONCURRENT_SOCKETS[title] ?? 24, all, async ({ operation, call, fault }) => {
        const platform = (await open()) as WiredPlatform;
        try {
          const outcome = await runFaultCase(platform, operation, call, fault);
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
