import type { ReportedSnapshot, ReportedTarget, SnapshotReport } from "../../provider/resources";
import { bytes } from "../../provider/resources";
import { describeSnapshot, severityOf, totalSize } from "../output/describe";
import { targetLabel } from "../output/target-label";
import { count, safe } from "../output/text";
import { type Row, rows } from "./lanes";
import { laneAt, railPath, railWidth } from "./rails";

const ROW = 26;
const HEAD = 34;
const GAP = 14;
const MARGIN = 16;
/** Pixels of a character, wide enough for most letters of the fonts named below. */
const CHARACTER = 7.2;

const STYLE = `
.bg{fill:#fff}.name{fill:#1f2328}.vm{fill:#1f2328;font-weight:600}.dim{fill:#59636e}.rail{stroke:#afb8c1;stroke-width:2;fill:none}
.managed{fill:#1a7f37}.foreign{fill:#fff;stroke:#6e7781;stroke-width:2}.here{fill:#0969da}.ring{fill:none;stroke:#0969da;stroke-width:2}
.you{fill:#0969da;font-weight:600}.warning{fill:#9a6700}.critical{fill:#cf222e}
text{font:13px ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
@media (prefers-color-scheme:dark){.bg{fill:#0d1117}.name,.vm{fill:#e6edf3}.dim{fill:#9198a1}.rail{stroke:#484f58}.managed{fill:#3fb950}
.foreign{fill:#0d1117;stroke:#9198a1}.here{fill:#4493f8}.ring{stroke:#4493f8}.you{fill:#4493f8}.warning{fill:#d29922}.critical{fill:#f85149}}`;

/** VMs and their snapshots as an SVG picture, light or dark by the viewer's system. */
export function drawSvg(report: SnapshotReport): string {
  const now = Date.parse(report.generatedAt);
  const drawn = report.targets.filter((target) => target.snapshots.length > 0);
  const targets = (drawn.length > 0 ? drawn : report.targets).map((target) => ({
    target,
    all: rows(target.snapshots),
  }));
  const cells = targets.flatMap(({ all }) => all.map((row) => textsOf(row, now)));
  const rails = targets.reduce((most, { all }) => Math.max(most, railWidth(all)), 0);
  const widest = (pick: (texts: Texts) => string) =>
    cells.reduce((most, texts) => Math.max(most, wide(pick(texts))), 0);
  const [names, facts, found] = [widest((t) => t.name), widest((t) => t.facts), widest((t) => t.found)];
  const columns = { facts: rails + names + 24, found: rails + names + 24 + facts + 24 };
  const heads = targets.map(({ target }) => headOf(target));
  const headWidth = heads.reduce((most, [name, more]) => Math.max(most, wide(name) * 1.08 + 16 + wide(more)), 0);
  const width = Math.ceil(Math.max(columns.found + found, headWidth + 20) + 2 * MARGIN);

  let y = MARGIN;
  const parts = targets.map(({ target, all }) => {
    const top = y;
    y += HEAD + all.length * ROW + GAP;
    return drawTarget(target, all, top, columns, now);
  });
  const height = Math.max(y - GAP, MARGIN) + MARGIN;
  const title = `Snapshots of ${count(targets.length, "VM")}, ${report.generatedAt}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">
<title>${escaped(title)}</title><style>${STYLE}</style><rect class="bg" width="100%" height="100%"/>
${parts.join("\n")}
</svg>
`;
}

interface Texts {
  name: string;
  facts: string;
  found: string;
}

function textsOf({ snapshot }: Row, now: number): Texts {
  if (snapshot === undefined) return { name: "you are here", facts: "", found: "" };
  const { age, size, expires, owner, findings } = describeSnapshot(snapshot, now);
  const facts = [age, size, owner, expires === "" ? "" : `expires ${expires}`].filter(Boolean).join(" · ");
  return { name: safe(snapshot.name) || "(no name)", facts, found: findings };
}

function headOf(target: ReportedTarget): [name: string, more: string] {
  const size = totalSize(target.snapshots);
  const more = [
    count(target.snapshots.length, "snapshot"),
    size === undefined ? "" : bytes(size),
    target.consolidationNeeded ? "needs a disk consolidation" : "",
  ];
  return [safe(targetLabel(target)), more.filter(Boolean).join(" · ")];
}

function drawTarget(
  target: ReportedTarget,
  all: readonly Row[],
  top: number,
  columns: { facts: number; found: number },
  now: number,
): string {
  const [name, more] = headOf(target);
  const x = MARGIN + laneAt(0);
  const parts = [
    `<rect class="name" x="${x - 5}" y="${top + 9}" width="10" height="10" rx="2"/>`,
    `<text class="vm" x="${x + 14}" y="${top + 19}">${escaped(name)}<tspan class="dim" dx="12" font-weight="400">${escaped(more)}</tspan></text>`,
    `<path class="rail" d="M${x} ${top + 19}V${top + HEAD}"/>`,
  ];
  const rails = railWidth(all);
  all.forEach((row, index) => {
    const y = top + HEAD + index * ROW;
    const middle = y + ROW / 2;
    const texts = textsOf(row, now);
    const at = (left: number) => MARGIN + left;
    parts.push(
      `<path class="rail" transform="translate(${MARGIN})" d="${railPath(row, ROW, y)}"/>`,
      dot(row.snapshot, at(laneAt(row.lane)), middle),
      `<text class="${row.snapshot ? "name" : "you"}" x="${at(rails)}" y="${middle + 4.5}">${escaped(texts.name)}</text>`,
    );
    if (texts.facts)
      parts.push(`<text class="dim" x="${at(columns.facts)}" y="${middle + 4.5}">${escaped(texts.facts)}</text>`);
    if (texts.found) {
      const level = severityOf(row.snapshot?.findings ?? []) ?? "warning";
      parts.push(`<text class="${level}" x="${at(columns.found)}" y="${middle + 4.5}">${escaped(texts.found)}</text>`);
    }
  });
  return parts.join("\n");
}

function dot(snapshot: ReportedSnapshot | undefined, x: number, y: number): string {
  if (snapshot === undefined) {
    return `<circle class="bg" cx="${x}" cy="${y}" r="7"/><circle class="ring" cx="${x}" cy="${y}" r="6"/><circle class="here" cx="${x}" cy="${y}" r="2.5"/>`;
  }
  return `<circle class="${snapshot.managed ? "managed" : "foreign"}" cx="${x}" cy="${y}" r="5"/>`;
}

/** Approximate width of a text in pixels: East Asian characters and emoji are twice as wide. */
function wide(text: string): number {
  return [...text].reduce((sum, character) => sum + ((character.codePointAt(0) ?? 0) > 0x2e80 ? 2 : 1), 0) * CHARACTER;
}

function escaped(text: string): string {
  const named: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  // Characters that XML 1.0 lacks would make the whole picture unreadable.
  return text
    .replace(/[&<>"']/g, (character) => named[character] as string)
    .replace(/[\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd");
}
