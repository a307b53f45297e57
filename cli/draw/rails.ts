import type { Row } from "./lanes";

/** Pixels between two lanes. */
export const LANE = 16;
/** Pixels from the left edge to the first lane. */
const FIRST = 10;

/** Where a lane is, in pixels. */
export function laneAt(lane: number): number {
  return FIRST + lane * LANE;
}

/** Width that the lanes of these rows need. */
export function railWidth(rows: readonly Pick<Row, "lane">[]): number {
  return laneAt(rows.reduce((most, { lane }) => Math.max(most, lane), 0)) + FIRST + 4;
}

/** The lines of one row as the data of an SVG path. @param top of the row, in pixels */
export function railPath({ lane, branches, continues }: Omit<Row, "snapshot">, height: number, top = 0): string {
  const middle = top + height / 2;
  const bottom = top + height;
  const parts: string[] = [];
  for (let left = 0; left < lane; left++) parts.push(`M${laneAt(left)} ${top}V${bottom}`);
  if (branches) parts.push(`M${laneAt(lane - 1)} ${top}Q${laneAt(lane - 1)} ${middle} ${laneAt(lane)} ${middle}`);
  else parts.push(`M${laneAt(lane)} ${top}V${middle}`);
  if (continues) parts.push(`M${laneAt(lane)} ${middle}V${bottom}`);
  return parts.join("");
}
