const { SNAPSTATE_PROOF_CASES: asked, SNAPSTATE_PROOF_RECORD } = process.env;

const proof = SNAPSTATE_PROOF_RECORD !== undefined;

/** The cases over an adapter in tests, as row, column and way: each way on another platform, with another operation that it has. */
const ADAPTER_CASES = ["0 0 0", "2 2 1", "4 3 2", "6 4 3"];

/** How much of the matrices is run: all, what `npm run proof` with a number takes, or the little of `npm test`. */
export const chosen = {
  amount: asked === "all" ? "all" : proof ? "proof" : "test",
  /**
   * The boundaries of one operation, a column of a platform's row, at which runs die: all; evenly some; in tests one, in turn
   * in the middle and at the end, where the state is written.
   */
  killPoints(count: number, row: number, column: number): number[] {
    if (this.amount !== "test") return evenly(count, asked === "all" ? count : Number(asked ?? "2"));
    return evenly(count, 2).filter((_, index, two) => index === (row + column) % two.length);
  },
  /** Whether an operation is broken off on a platform: always; in tests the first one and some others, each somewhere. */
  pair(row: number, column: number): boolean {
    return this.amount !== "test" || column === 0 || (row + column) % 4 === 0;
  },
  /** Whether a fault, a row's column, is among those that are run. */
  fault(row: number, column: number): boolean {
    if (this.amount === "all") return true;
    return this.amount === "proof" ? (row + column) % 3 !== 0 : (row + column) % 12 === 0;
  },
  /** Whether a way over an adapter is: all; evenly some, and a create on every platform; in tests each way once. */
  adapter(row: number, column: number, way: number): boolean {
    if (this.amount === "all") return true;
    if (this.amount === "proof") return (row + column + way) % 7 === 0 || (column === 0 && way === row % 4);
    return ADAPTER_CASES.includes(`${row} ${column} ${way}`);
  },
} as const;

/** Platforms whose cases run at a time. All cases of all platforms at once would be late for their deadlines. */
export const platformsAtOnce = chosen.amount === "test" ? 2 : 1;

/** At most so many of the numbers from 1 to the count, the last ones among them: there the state is written. */
export function evenly(count: number, most: number): number[] {
  if (count <= most) return Array.from({ length: count }, (_, index) => index + 1);
  return Array.from({ length: most }, (_, index) => count - Math.floor((index * count) / most)).reverse();
}
