import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { isSnapstateError, type SnapstateError } from "../../provider/core/errors";
import { RAW } from "./outcomes";
import { recordFuzzed } from "./published";

/** Number of cases for a property. SNAPSTATE_FUZZ=10000 takes longer. */
export const RUNS = Number(process.env.SNAPSTATE_FUZZ ?? 200);
const SEED = Number(process.env.SNAPSTATE_FUZZ_SEED ?? 20_261_121);

/**
 * Registers a test of a property that holds for any input, with the same inputs in every run. The title states the
 * property.
 */
export function property<T>(title: string, inputs: fc.Arbitrary<T>, holds: (input: T) => unknown, runs = RUNS): void {
  it(title, async (t) => {
    const checked = fc.asyncProperty(inputs, async (input) => void (await holds(input)));
    await fc.assert(checked, { numRuns: runs, seed: SEED });
    recordFuzzed(t, { of: "properties", subject: title, cases: runs });
  });
}

/** Texts composed mostly of these pieces, with arbitrary UTF-16 in between. */
export function textOf(...pieces: string[]): fc.Arbitrary<string> {
  const piece = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom("", " ", "\n", ...pieces) },
    { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 12 }) },
    { weight: 1, arbitrary: fc.constantFrom("\ud83d", "\ude00", "😀", "\u0000", "\r\n", "\u2028", "%", "constructor") },
  );
  return fc.array(piece, { maxLength: 8 }).map((list) => list.join(""));
}

/** The work's value, or a readable error; anything else fails the test. */
export function valueOrRefusal<T>(work: () => T): { value: T } | { error: SnapstateError } {
  try {
    return { value: work() };
  } catch (error) {
    assert.ok(isSnapstateError(error), error instanceof Error ? error.stack : String(error));
    assert.equal(error.kind, "bad-input", error.message);
    assert.doesNotMatch(error.message, RAW);
    return { error };
  }
}
