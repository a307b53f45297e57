import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { SaxesParser } from "saxes";
import type { ReportedTarget, SnapshotReport } from "../../provider/resources";
import { NOW, reportOn, smallFleet } from "../../testing/cli/fleet";
import { drawMermaid } from "./mermaid";
import { drawSvg } from "./svg";
import { drawTerminal } from "./terminal";

let report: SnapshotReport;
before(async () => {
  report = await reportOn(smallFleet());
});

function vm(name: string): ReportedTarget {
  const found = report.targets.find((target) => target.targetName === name);
  assert.ok(found);
  return found;
}
const alone = (target: ReportedTarget): SnapshotReport => ({ ...report, targets: [target] });

/** The parser throws what is not well-formed. */
function assertWellFormed(xml: string): void {
  new SaxesParser().write(xml).close();
}

describe("a tree for a terminal", () => {
  it("has branches, where it is, and what is wrong", () => {
    const [head, , ...lines] = drawTerminal(vm("branches"), NOW).split("\n");
    assert.equal(head, "/Paris/vm/lab/branches  vm-labbranches · powered on · 7 snapshots · 14.4 GiB");
    assert.deepEqual(
      lines.map((line) => line.split(/ {2,}/)[0]),
      [
        "○ installed",
        "├─○ kernel 6.1",
        "│ ○ kernel 6.1 tuned",
        "│ ○ kernel 6.1 tuned, no swap",
        "● kernel 6.12",
        "├─● kernel 6.12 broken",
        "● kernel 6.12 tuned",
        "◉ you are here",
      ],
    );
    assert.match(drawTerminal(vm("chain"), NOW), /nightly 1 .* managed \(nightly\) /);
    assert.match(lines[0] ?? "", / 40d .* 9 GiB .* foreign .* old$/);
  });

  it("shows a VM without snapshots, and one that needs a consolidation", () => {
    assert.match(drawTerminal(vm("empty"), NOW), /· powered off · 0 snapshots\n◉ you are here$/);
    assert.match(drawTerminal(vm("db-1"), NOW), /GiB {2}it needs a disk consolidation\n/);
  });
});

describe("a Mermaid flowchart", () => {
  it("has a box for each snapshot, lines from parents, and where it is", () => {
    const lines = drawMermaid(alone(vm("web-2"))).split("\n");
    assert.deepEqual(lines.slice(0, 8), [
      "flowchart LR",
      '  subgraph v0["/Paris/vm/production/web-2"]',
      '    v0s0["before-release-43<br/>3h 30m · 1.1 GiB<br/>managed<br/>expires in 2d 20h"]:::managed',
      '    v0here(["you are here"]):::here',
      "    v0s0 -.-> v0here",
      "  end",
      "  class v0 vm",
      "  classDef managed fill:#dafbe1,stroke:#1a7f37,color:#0b3d1c",
    ]);
    const branches = drawMermaid(alone(vm("branches")));
    assert.equal(branches.match(/ --> /g)?.length, 6, "one line less than snapshots");
  });

  it("lets no name end a label or begin a tag", () => {
    const labels = [...drawMermaid(report).matchAll(/\["(.*)"\]/g)].map((match) => match[1] ?? "");
    assert.ok(labels.some((label) => label.includes("#60;img src=x onerror=#34;")));
    for (const label of labels) assert.doesNotMatch(label.replaceAll("<br/>", ""), /["<>`]/);
  });
});

describe("an SVG picture", () => {
  it("is well-formed, whatever the names, and has every snapshot", () => {
    const svg = drawSvg(report);
    assertWellFormed(svg);
    assert.ok(svg.includes("&gt;&lt;svg onload=alert(1)&gt;"));
    assert.equal(svg.match(/you are here/g)?.length, 6);
    assert.doesNotMatch(svg, /<img|<svg onload/);
  });

  it("survives what XML cannot carry", () => {
    const target = structuredClone(vm("web-2"));
    for (const snapshot of target.snapshots) snapshot.name = "a\u0000b\ufffe\ud800c\u001bd";
    const svg = drawSvg(alone(target));
    assertWellFormed(svg);
    assert.ok(svg.includes("a\\x00b\ufffd\ufffdc\\x1bd"));
  });

  it("shows the VMs where there is no snapshot at all", () => {
    assert.match(drawSvg(alone(vm("empty"))), /lab\/empty[\s\S]*you are here/);
    assertWellFormed(drawSvg({ ...report, targets: [] }));
  });
});
