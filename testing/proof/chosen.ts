const { SNAPSTATE_PROOF_CASES: asked, SNAPSTATE_PROOF_RECORD } = process.env;

/** How much of the matrices is run. */
export const chosen = {
  /** `npm run proof`, or all asked for: every pair and every fault. Otherwise a part of them. */
  all: SNAPSTATE_PROOF_RECORD !== undefined || asked === "all",
  /** Boundaries of one operation. Where it has more, as many are taken evenly. */
  boundaries: asked === "all" ? Number.POSITIVE_INFINITY : Number(asked ?? "3"),
};

/** At most so many of the numbers from 1 to the count, the last ones among them: there the state is written. */
export function evenly(count: number, most: number): number[] {
  if (count <= most) return Array.from({ length: count }, (_, index) => index + 1);
  return Array.from({ length: most }, (_, index) => count - Math.floor((index * count) / most)).reverse();
}
