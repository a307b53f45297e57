import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ConnectionPool } from "../../provider/connections";
import { isSnapstateError } from "../../provider/errors";
import { testCall } from "../contract/call";
import { Certificates } from "../contract/certificates";
import type { ProofPlatform, WiredPlatform } from "../proof/platform";
import { vsphere } from "../proof/platforms/vsphere";
import { wiredCloudmc, wiredCloudstack, wiredOvhVps, wiredVsphere } from "../proof/platforms/wired";
import { jsonMutator, randomOf, xmlMutator } from "./mutations";

/** Replies that are changed, for each driver; SNAPSTATE_FUZZ=10000 takes more time. */
const REPLIES = Number(process.env.SNAPSTATE_FUZZ ?? 300);
const SEED = Number(process.env.SNAPSTATE_FUZZ_SEED ?? 20_261_121);
/** Reads under way at a time. */
const AT_ONCE = 3;

const clean =
  /undefined is not|Cannot read|is not a function|is not iterable|Invalid time value|Maximum call stack|\[object/;

describe("an answer that no API should give", () => {
  const certificates = new Certificates();
  let vcenter: ProofPlatform | string = "not begun";
  before(async () => {
    vcenter = await vsphere(4);
  });
  after(async () => {
    certificates.remove();
    if (typeof vcenter !== "string") await vcenter.close();
  });

  const platforms: [string, () => Promise<WiredPlatform | string>][] = [
    ["vSphere", async () => (typeof vcenter === "string" ? vcenter : wiredVsphere(vcenter, certificates.make()))],
    ["CloudStack, volume snapshots", () => wiredCloudstack("snapshot")],
    ["CloudStack, VM snapshots", () => wiredCloudstack("recovery-point")],
    ["CloudMC, volume snapshots", () => wiredCloudmc("snapshot")],
    ["OVHcloud VPS", () => wiredOvhVps()],
  ];

  for (const [title, open] of platforms) {
    it(`is understood or is an error of ours, and leaves nothing behind: ${title}`, async (t) => {
      const platform = await open();
      if (typeof platform === "string") return t.skip(platform);
      const { wire, kind } = platform;
      const environment = { SNAPSTATE_CONNECTIONS: JSON.stringify({ default: platform.connection }) };
      const pool = new ConnectionPool(() => ({ environment }));
      const target = await platform.newTarget();
      const foreign = await platform.takeForeign(target);
      const random = randomOf(SEED);
      const mutate = (title === "vSphere" ? xmlMutator : jsonMutator)(random, SEED);
      let changed = 0;
      const change = (body: string) => {
        // Some are left as they are, so that later questions of a read are asked at all.
        if (random() < 0.4) return body;
        changed++;
        return mutate(body);
      };
      const read = (milliseconds: number) =>
        pool.get("default").inspect(kind, target.id, testCall({ milliseconds }), { readiness: true });
      const outcomes: Record<string, number> = {};
      const reader = async () => {
        while (changed < REPLIES) {
          // Shorter than the first pause of a retry.
          const outcome = await read(170).then(
            () => "understood",
            (error: unknown) => {
              assert.ok(isSnapstateError(error), `seed ${SEED}: ${error instanceof Error ? error.stack : error}`);
              assert.doesNotMatch(error.message, clean, `seed ${SEED}`);
              return error.kind;
            },
          );
          outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
        }
      };
      try {
        wire.inject({ kind: "changed", times: Number.POSITIVE_INFINITY, change });
        await Promise.all(Array.from({ length: AT_ONCE }, reader));
        wire.faults.clear();
        assert.equal(({} as Record<string, unknown>).polluted, undefined);
        const { points } = await read(20_000);
        assert.deepEqual(
          points.map(({ id }) => id),
          [foreign],
        );
        t.diagnostic(`${changed} answers changed: ${JSON.stringify(outcomes)}`);
      } finally {
        wire.faults.clear();
        await pool.close();
        await platform.close();
      }
    });
  }
});
