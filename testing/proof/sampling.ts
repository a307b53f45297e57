const { SNAPSTATE_PROOF_CASES: asked, SNAPSTATE_PROOF_RECORD } = process.env;

const proof = SNAPSTATE_PROOF_RECORD !== undefined;

/**
 * The cases over an adapter in `npm test`, as row, column and way: each way on another platform, with another supported
 * operation.
 */
const ADAPTER_CASES = ["0 0 0", "2 2 1", "4 3 2", "6 4 3"];

/** The size of the matrices: complete, a number given to `npm run proof`, or the sample of `npm test`. */
export const chosen = {
  amount: asked === "all" ? "all" : proof ? "proof" : "test",
  /**
   * The kill points of one operation, a column of a platform's row: all; a number of them, evenly spaced; or, in `npm
   * test`, a single one, alternately in the middle and at the end, where the state is written.
   */
  killPoints(count: number, row: number, column: number): number[] {
    if (this.amount !== "test") return evenly(count, asked === "all" ? count : Number(asked ?? "2"));
    return evenly(count, 2).filter((_, index, two) => index === (row + column) % two.length);
  },
  /**
   * Whether an operation is interrupted on a platform: always; in `npm test` the first one and some others, each on
   * some platform.
   */
  pair(row: number, column: number): boolean {
    return this.amount !== "test" || column === 0 || (row + column) % 4 === 0;
  },
  /** Whether a fault, a column of a row, is run. */
  fault(row: number, column: number): boolean {
    if (this.amount === "all") return true;
    return this.amount === "proof" ? (row + column) % 3 !== 0 : (row + column) % 12 === 0;
  },
  /**
   * Whether a way over an adapter is run: all; a number of them, with a create on every platform; in `npm test` each
   * way once.
   */
  adapter(row: number, column: number, way: number): boolean {
    if (this.amount === "all") return true;
    if (this.amount === "proof") return (row + column + way) % 7 === 0 || (column === 0 && way === row % 4);
    return ADAPTER_CASES.includes(`${row} ${column} ${way}`);
  },
} as const;

/** Platforms whose cases run concurrently. All at once would miss their deadlines. */
export const platformsAtOnce = chosen.amount === "test" ? 2 : 1;

/** At most this many of the numbers from 1 to the count, including the last ones, where the state is written. */
export function evenly(count: number, most: number): number[] {
  if (count <= most) return Array.from({ length: count }, (_, index) => index + 1);
  return Array.from({ length: most }, (_, index) => count - Math.floor((index * count) / most)).reverse();
}
