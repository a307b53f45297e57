/** A measured figure and its limit. */
export interface Bound {
  what: string;
  figure: number;
  limit: number;
}

export function kept({ figure, limit }: Bound): boolean {
  return figure <= limit;
}

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

export function boundTable(bounds: readonly Bound[]): string {
  return markdownTable(
    ["what", "measured", "limit", ""],
    bounds.map((bound) => [
      bound.what,
      bound.figure < 10 ? bound.figure.toFixed(2) : bound.figure.toFixed(0),
      String(bound.limit),
      kept(bound) ? "kept" : "BROKEN",
    ]),
  );
}
