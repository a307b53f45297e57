import assert from "node:assert/strict";
import { it } from "node:test";
import { ConnectionPool } from "../../../provider/runtime";
import { testCall } from "../../contract/call";
import type { WiredPlatform } from "../../platforms/harness";
import { jsonMutator, randomOf, xmlMutator } from "../mutations";
import { Outcomes } from "../outcomes";
import { recordFuzzed } from "../published";

/** Number of changed replies for each driver. SNAPSTATE_FUZZ=10000 takes longer. */
export const REPLIES = Number(process.env.SNAPSTATE_FUZZ ?? 100);
export const SEED = Number(process.env.SNAPSTATE_FUZZ_SEED ?? 20_261_121);
/** Concurrent readers, each with its own connection: most of a read is waiting. */
const CONCURRENT_SOCKETS = 8;
/** Reads after which a reader signs in again, so that those replies are changed too. */
const READS = 25;
/** Deadline of a read in milliseconds; shorter than the first pause of a retry. */
const PATIENCE = 170;

/**
 * Share of replies that are changed: if a read needs many, most must stay valid so that the later ones are requested.
 */
const SHARE = { xml: 0.6, json: 0.25 } as const;

/** Registers a test in which a driver's reads get randomly changed replies, and then a valid one. */
export function fuzzReplies(title: string, text: "xml" | "json", open: () => Promise<WiredPlatform | string>): void {
  it(`is understood or is an error of ours, and leaves nothing behind: ${title}`, async (t) => {
    const platform = await open();
    if (typeof platform === "string") return t.skip(platform);
    const { wire, kind } = platform;
    const environment = { SNAPSTATE_CONNECTIONS: JSON.stringify({ default: platform.connection }) };
    const target = await platform.newTarget();
    const foreign = await platform.takeForeign(target);
    const random = randomOf(SEED);
    const mutate = (text === "xml" ? xmlMutator : jsonMutator)(random, SEED);
    let changed = 0;
    let failed = false;
    const enough = () => failed || changed >= REPLIES;
    const change = (body: string) => {
      if (random() > SHARE[text]) return body;
      changed++;
      return mutate(body);
    };
    const outcomes = new Outcomes();
    const read = (pool: ConnectionPool, milliseconds: number) =>
      pool.get("default").inspect(kind, target.id, testCall({ milliseconds }), { readiness: true });
    const withPool = async (work: (pool: ConnectionPool) => Promise<void>) => {
      const pool = new ConnectionPool(() => ({ environment }));
      try {
        await work(pool);
      } finally {
        await pool.close();
      }
    };
    const reader = async () => {
      while (!enough()) {
        await withPool(async (pool) => {
          for (let reads = 0; reads < READS && !enough(); reads++) {
            await outcomes.of(read(pool, PATIENCE), `seed ${SEED}, ${changed} replies changed`);
          }
        });
      }
    };
    try {
      wire.inject({ kind: "changed", times: Number.POSITIVE_INFINITY, change });
      await Promise.all(Array.from({ length: CONCURRENT_SOCKETS }, reader));
      wire.faults.clear();
      assert.equal(({} as Record<string, unknown>).polluted, undefined);
      await withPool(async (pool) => {
        const { snapshots } = await read(pool, 20_000);
        assert.deepEqual(
          snapshots.map(({ id }) => id),
          [foreign],
        );
      });
      assert.ok((outcomes.counted.understood ?? 0) > 0, "no read was understood: the later replies were never met");
      recordFuzzed(t, { of: "replies", subject: title, cases: changed, outcomes: outcomes.counted });
    } catch (error) {
      failed = true;
      throw error;
    } finally {
      wire.faults.clear();
      await platform.close();
    }
  });
}
