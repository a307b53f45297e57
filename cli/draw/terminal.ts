import type { ReportedTarget } from "../../provider/resources";
import { colours } from "../output/colours";
import { coloured, describeSnapshot, describeTarget } from "../output/describe";
import { table } from "../output/table";
import { safe } from "../output/text";
import { type Row, rows } from "./lanes";

/** A VM's snapshots as a tree for a terminal, with "you are here". @param now milliseconds, for ages */
export function drawTerminal(target: ReportedTarget, now: number): string {
  const lines = rows(target.snapshots).map((row) => {
    const lead = before(row);
    const { snapshot } = row;
    if (snapshot === undefined) return [`${lead}${colours.cyan("◉")} ${colours.bold(colours.cyan("you are here"))}`];
    const { age, size, expires, owner, consistency, findings } = describeSnapshot(snapshot, now);
    const dot = snapshot.managed ? colours.green("●") : colours.dim("○");
    const name = coloured(safe(snapshot.name) || colours.dim("(no name)"), snapshot.findings);
    const found = coloured(findings, snapshot.findings);
    return [`${lead}${dot} ${name}`, age, size, expires, owner, consistency, safe(snapshot.id), found];
  });
  const head = ["", "AGE", "SIZE", "EXPIRES", "OWNER", "CONSISTENCY", "ID", "FINDINGS"];
  const shown = target.snapshots.length > 0 ? head : head.map(() => "");
  return `${describeTarget(target)}\n${table(shown, lines)}`;
}

/** The lines to the left of a row. A branch starts in the lane to its left. */
function before({ lane, branches }: Row): string {
  const lead = branches ? `${"│ ".repeat(lane - 1)}├─` : "│ ".repeat(lane);
  return lead === "" ? "" : colours.dim(lead);
}
