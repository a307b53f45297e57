const { SNAPSTATE_PROOF_CASES: asked, SNAPSTATE_PROOF_RECORD } = process.env;

const proof = SNAPSTATE_PROOF_RECORD !== undefined;

/** How much of the matrices is run: all, what `npm run proof` with a number takes, or the little of `npm test`. */
export const chosen = {
  amount: asked === "all" ? "all" : proof ? "proof" : "test",
  /** Boundaries of one operation. Where it has more, as many are taken evenly. */
  killPoints: asked === "all" ? Number.POSITIVE_INFINITY : Number(asked ?? "2"),
  /** Whether a fault, a row's column, is among those that are run. */
  fault(row: number, column: number): boolean {
    if (this.amount === "all") return true;
    return this.amount === "proof" ? (row + column) % 3 !== 0 : (row + column) % 12 === 0;
  },
  /** Whether a way over an adapter is: all; evenly some; in tests none by this. */
  adapter(row: number, column: number, way: number): boolean {
    if (this.amount === "all") return true;
    return this.amount === "proof" && (row + column + way) % 7 === 0;
  },
} as const;

/** At most so many of the numbers from 1 to the count, the last ones among them: there the state is written. */
export function evenly(count: number, most: number): number[] {
  if (count <= most) return Array.from({ length: count }, (_, index) => index + 1);
  return Array.from({ length: most }, (_, index) => count - Math.floor((index * count) / most)).reverse();
}
