import assert from "node:assert/strict";
import { it } from "node:test";
import { ConnectionPool } from "../../../provider/runtime";
import { testCall } from "../../contract/call";
import type { WiredPlatform } from "../../platforms/harness";
import { jsonMutator, randomOf, xmlMutator } from "../mutations";
import { Outcomes } from "../outcomes";
import { recordFuzzed } from "../published";

/** Replies that are changed, for each driver; SNAPSTATE_FUZZ=10000 takes more time. */
export const REPLIES = Number(process.env.SNAPSTATE_FUZZ ?? 100);
export const SEED = Number(process.env.SNAPSTATE_FUZZ_SEED ?? 20_261_121);
/** Readers at a time, each with connections of its own: most of a read is waiting. */
const CONCURRENT_SOCKETS = 8;
/** Reads after which a reader signs in anew, so that those replies are met too. */
const READS = 25;
/** Milliseconds of a read: shorter than the first pause of a retry. */
const PATIENCE = 170;

/** The share of replies that is changed: where a read takes many, most must stay as they are for the later ones to be asked. */
const SHARE = { xml: 0.6, json: 0.25 } as const;

/** A test in which a driver's reads get replies that are changed at random, and then one that is not. */
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
