import type { ReportedSnapshot, ReportedTarget, SnapshotReport } from "../../provider/resources";
import { describeSnapshot, severityOf } from "../output/describe";
import { targetLabel } from "../output/target-label";
import { safe } from "../output/text";
import { rows } from "./lanes";

const STYLES = [
  "classDef managed fill:#dafbe1,stroke:#1a7f37,color:#0b3d1c",
  "classDef foreign fill:#eef1f4,stroke:#6e7781,color:#24292f",
  "classDef warning fill:#fff3c4,stroke:#9a6700,color:#4d3300",
  "classDef critical fill:#ffdcd7,stroke:#cf222e,color:#67060c",
  "classDef vm fill:none,stroke:#8c959f",
  "classDef here fill:#ddf4ff,stroke:#0969da,color:#0a3069",
];

/** VMs and their snapshots as a Mermaid flowchart, which GitHub and GitLab draw in comments and documents. */
export function drawMermaid(report: SnapshotReport): string {
  const now = Date.parse(report.generatedAt);
  const drawn = report.targets.filter((target) => target.snapshots.length > 0);
  const some = drawn.length > 0 ? drawn : report.targets;
  const lines = some.flatMap((target, index) => drawTarget(target, index, now));
  const boxes = some.length > 0 ? [`  class ${some.map((_, index) => `v${index}`).join(",")} vm`] : [];
  return ["flowchart LR", ...lines, ...boxes, ...STYLES.map((style) => `  ${style}`), ""].join("\n");
}

function drawTarget(target: ReportedTarget, index: number, now: number): string[] {
  const all = rows(target.snapshots);
  const place = new Map(all.map(({ snapshot }, at) => [snapshot?.id ?? "", `v${index}s${at}`]));
  const here = `v${index}here`;
  const lines = all.flatMap(({ snapshot, level }) => {
    if (snapshot === undefined) {
      const current = target.snapshots.find(({ isCurrent }) => isCurrent);
      const from = level > 1 && current ? [`    ${place.get(current.id)} -.-> ${here}`] : [];
      return [`    ${here}(["you are here"]):::here`, ...from];
    }
    const id = place.get(snapshot.id) as string;
    const parent = level > 1 ? place.get(snapshot.parentId) : undefined;
    const node = `    ${id}["${label(snapshot, now)}"]:::${observe(snapshot)}`;
    return parent === undefined ? [node] : [node, `    ${parent} --> ${id}`];
  });
  return [`  subgraph v${index}["${escaped(targetLabel(target))}"]`, ...lines, "  end"];
}

function label(snapshot: ReportedSnapshot, now: number): string {
  const { age, size, expires, owner, findings } = describeSnapshot(snapshot, now);
  // Mermaid breaks lines at 200 pixels, so each is kept short.
  const facts = [age, size].filter(Boolean).join(" · ");
  const until = expires === "" ? "" : `expires ${expires}`;
  const parts = [snapshot.name === "" ? "(no name)" : snapshot.name, facts, owner, until, findings];
  return parts.filter(Boolean).map(escaped).join("<br/>");
}

function observe({ findings, managed }: ReportedSnapshot): string {
  return severityOf(findings) ?? (managed ? "managed" : "foreign");
}

/** Mermaid has its own entity codes, `#quot;`. Backticks would start Markdown text. */
function escaped(text: string): string {
  return safe(text).replace(/[#"<>&`\\]/g, (character) => `#${character.codePointAt(0)};`);
}
