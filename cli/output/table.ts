import Table from "cli-table3";
import { colours } from "./colours";

const NO_LINES = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
};

/** A table without borders. Empty columns are omitted. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const used = head.map((_, column) => column).filter((column) => rows.some((row) => row[column]));
  const pick = (row: readonly string[]) => used.map((column) => row[column] ?? "");
  const drawn = new Table({ chars: NO_LINES, style: { "padding-left": 0, "padding-right": 0, head: [], border: [] } });
  if (head.some((name) => name !== "")) drawn.push(pick(head).map((name) => name && colours.dim(name)));
  for (const row of rows) drawn.push(pick(row));
  return drawn
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}
