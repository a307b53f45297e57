import { onlyGone } from "../../errors";
import type { Point } from "../contract-types";

/** How a point is removed that leaves nothing below it. */
export const CHILDLESS = { removeChildren: false, consolidate: true } as const;

/** Removes points one after the other, children before parents. One that has gone meanwhile is what was wanted. */
export async function removeEach<P extends Point>(
  points: readonly P[],
  remove: (point: P) => Promise<void>,
): Promise<void> {
  for (const point of [...points].reverse()) await remove(point).catch(onlyGone);
}
